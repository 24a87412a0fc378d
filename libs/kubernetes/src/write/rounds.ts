// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';

export interface RoundsOptions {
  readonly clock: Clock;
  /** Does all that there is to do now; must not reject. */
  readonly round: (signal: AbortSignal) => Promise<void>;
}

/** Edits of one moment are several events. */
const BATCH_MS = 50;

/** Rounds of work while a replica leads, one at a time: what is asked for during one is done in the next. */
export class Rounds {
  private readonly options: RoundsOptions;
  private term: AbortSignal = AbortSignal.abort();
  private timer: Timer | undefined;
  private isBusy = false;

  constructor(options: RoundsOptions) {
    this.options = options;
  }

  /** From now on until `signal` aborts there are rounds; the first one is at once. */
  begin(signal: AbortSignal): void {
    this.term = signal;
    signal.addEventListener('abort', () => {
      this.timer?.cancel();
      this.timer = undefined;
    });
    this.schedule(0);
  }

  /** Asks for a round soon; outside of a term for nothing. */
  schedule(delayMs = BATCH_MS): void {
    if (this.term.aborted || this.timer !== undefined) return;
    this.timer = this.options.clock.after(delayMs, () => {
      this.timer = undefined;
      void this.run(this.term);
    });
  }

  private async run(signal: AbortSignal): Promise<void> {
    if (this.isBusy) {
      this.schedule();
      return;
    }
    this.isBusy = true;
    await this.options.round(signal);
    this.isBusy = false;
  }
}
