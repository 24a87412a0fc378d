// SPDX-License-Identifier: Apache-2.0
import type { Random } from './random.ts';

export interface BackoffSettings {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** How long to wait before the next attempt: twice as long each time, and by chance between half of that and all of it. */
export class Backoff {
  private failures = 0;
  private readonly settings: BackoffSettings;
  private readonly random: Random;

  constructor(settings: BackoffSettings, random: Random) {
    this.settings = settings;
    this.random = random;
  }

  nextMs(): number {
    const { firstMs, maxMs } = this.settings;
    const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.failures, 30));
    this.failures++;
    return (fullMs * (1 + this.random.next())) / 2;
  }

  reset(): void {
    this.failures = 0;
  }
}
