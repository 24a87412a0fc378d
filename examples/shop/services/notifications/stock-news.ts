// SPDX-License-Identifier: Apache-2.0
import type { Level } from '../stock/contract.ts';

/** What a browser is told. */
export interface Notification extends Level {
  /** False = how things are; true = somebody has just bought one. */
  readonly isSale: boolean;
}

/** Tells what is new from what was known before. */
export class StockNews {
  private readonly levels = new Map<string, Level>();

  /** How things are, for somebody who has just come. */
  known(): readonly Notification[] {
    return [...this.levels.values()].map(level => ({ ...level, isSale: false }));
  }

  /** A level that is as it was is no sale: it comes when the stream begins anew. */
  hear(level: Level): Notification {
    const before = this.levels.get(level.item);
    this.levels.set(level.item, level);
    return { ...level, isSale: before !== undefined && before.left !== level.left };
  }
}
