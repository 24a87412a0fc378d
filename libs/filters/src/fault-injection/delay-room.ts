// SPDX-License-Identifier: Apache-2.0
import type { Clock, Hold } from '@weir/base';

/** A request that is held up on purpose. Releasing it ends that. */
export interface Delayed extends Hold {
  /** Resolves when it is over, one way or the other. */
  readonly turn: Promise<void>;
}

/** Holds requests up, so many at once: a timer each, and no thread. */
export class DelayRoom {
  private readonly clock: Pick<Clock, 'after'>;
  private readonly maxDelayed: number;
  private delayedCount = 0;

  constructor(clock: Pick<Clock, 'after'>, maxDelayed: number) {
    this.clock = clock;
    this.maxDelayed = maxDelayed;
  }

  /** Undefined = there is no room: whoever comes goes on at once. */
  hold(delayMs: number): Delayed | undefined {
    if (this.delayedCount >= this.maxDelayed) return undefined;
    this.delayedCount++;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.delayedCount--;
      timer.cancel();
      resolve(undefined);
    };
    const timer = this.clock.after(delayMs, end);
    return { turn: promise, release: end };
  }
}
