// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

export interface RateSettings {
  readonly perSecond: number;
  /** As many at once after a time without any. */
  readonly burst: number;
}

/** Lets so many things be done in a time. */
export class TokenBucket {
  private readonly settings: RateSettings;
  private readonly clock: Pick<Clock, 'nowMs'>;
  private tokens: number;
  private filledMs: number;

  constructor(settings: RateSettings, clock: Pick<Clock, 'nowMs'>) {
    this.settings = settings;
    this.clock = clock;
    this.tokens = settings.burst;
    this.filledMs = clock.nowMs();
  }

  /** 0 = one may be done, and counts as done; else so many milliseconds until then. */
  take(): number {
    const { perSecond, burst } = this.settings;
    const nowMs = this.clock.nowMs();
    this.tokens = Math.min(burst, this.tokens + ((nowMs - this.filledMs) * perSecond) / 1000);
    this.filledMs = nowMs;
    if (this.tokens < 1) return Math.ceil(((1 - this.tokens) * 1000) / perSecond);
    this.tokens -= 1;
    return 0;
  }
}
