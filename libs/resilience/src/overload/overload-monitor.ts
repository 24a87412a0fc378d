// SPDX-License-Identifier: Apache-2.0

/** How important a request is, the least important first: under pressure they are refused in this order. */
export const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What a worker can run out of. */
export const PRESSURES = ['memory', 'heap', 'event loop', 'requests'] as const;
export type Pressure = (typeof PRESSURES)[number];

/** How much of each is used: shares of what there is, and of the event loop how late it is, in milliseconds. */
export type OverloadSample = Readonly<Record<Pressure, number>>;

/** Where each class begins to be refused, the least important first. */
type Thresholds = readonly [low: number, normal: number, high: number, critical: number];

/** Memory does not come back at once, and without any there is no worker: everything goes before it does. */
const SHARES: Thresholds = [0.85, 0.9, 0.95, 0.98];
/** A late loop makes everybody late; health checks still have to say that the gateway lives. */
const LATENESS_MS: Thresholds = [200, 400, 800, Infinity];
const THRESHOLDS: Readonly<Record<Pressure, Thresholds>> = {
  memory: SHARES,
  heap: SHARES,
  'event loop': LATENESS_MS,
  requests: SHARES,
};

/** What has begun ends when this much of its threshold is used or less: who sheds feels better at once, and would begin anew. */
const RELEASE = 0.94;

/**
 * Decides which requests a worker can still bear. `level` is how many classes are refused, 0 for none: that one word is all that a request
 * costs which nothing is wrong with.
 */
export class OverloadMonitor {
  level = 0;
  /** What decided the level. */
  pressure: Pressure = 'memory';

  observe(sample: OverloadSample): void {
    let level = 0;
    for (const pressure of PRESSURES) {
      const wanted = this.levelOf(pressure, sample[pressure]);
      if (wanted <= level) continue;
      level = wanted;
      this.pressure = pressure;
    }
    this.level = level;
  }

  sheds(priority: Priority): boolean {
    return PRIORITIES.indexOf(priority) < this.level;
  }

  /** A level that holds is left later than it was entered. */
  private levelOf(pressure: Pressure, used: number): number {
    return THRESHOLDS[pressure].filter((threshold, index) => used >= threshold * (index < this.level ? RELEASE : 1)).length;
  }
}
