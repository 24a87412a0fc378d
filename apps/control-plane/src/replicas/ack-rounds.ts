// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import type { ObjectBook } from '../objects/object-book.ts';
import { MAX_OBJECTS } from './replica-circle.ts';
import type { ReplicaCircle } from './replica-circle.ts';

export interface AckRoundsParts {
  readonly clock: Clock;
  readonly circle: Pick<ReplicaCircle, 'ask' | 'look'>;
  readonly objects: Pick<ObjectBook, 'editionsOf' | 'hasFresh' | 'settle' | 'takeUnsettled'>;
  /** Called with keys of objects of which others have said what their proxies have. Must not throw. */
  readonly onHeard: (keys: readonly string[]) => void;
}

/** Proxies answer one by one: so often others are asked how far theirs are. */
const ROUND_MS = 500;

/**
 * Asks the other replicas about objects that not all proxies have: at most 500 in a call, one call at a time. What is new is asked for at
 * once. Every replica does so, and notes what has arrived, whoever leads: who comes to lead knows already.
 */
export class AckRounds {
  private readonly parts: AckRoundsParts;
  private readonly timer: Timer;
  private isBusy = false;

  constructor(parts: AckRoundsParts) {
    this.parts = parts;
    this.timer = parts.clock.every(ROUND_MS, () => void this.round());
  }

  /** Says that there are new objects. */
  touch(): void {
    void this.round();
  }

  /** Asks about these now. */
  async hear(keys: readonly string[]): Promise<void> {
    const { circle, objects } = this.parts;
    circle.look();
    await circle.ask(objects.editionsOf(keys));
  }

  stop(): void {
    this.timer.cancel();
  }

  private async round(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    const { objects, onHeard } = this.parts;
    do {
      const keys = objects.takeUnsettled(MAX_OBJECTS);
      await this.hear(keys);
      objects.settle(keys);
      onHeard(keys);
    } while (objects.hasFresh);
    this.isBusy = false;
  }
}
