// SPDX-License-Identifier: Apache-2.0
import type { Limits } from '../engine/settings.ts';
import type { ReaderOptions } from './message-reader.ts';

/** The options of one kind of reader. All connections of an engine have the same limits and share one object. */
export class ReaderOptionsFor {
  private readonly kind: Omit<ReaderOptions, 'limits'>;
  private last: ReaderOptions | undefined;

  constructor(kind: Omit<ReaderOptions, 'limits'>) {
    this.kind = kind;
  }

  for(limits: Limits): ReaderOptions {
    if (this.last?.limits !== limits) this.last = { ...this.kind, limits };
    return this.last;
  }
}
