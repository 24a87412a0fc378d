// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import type { SplitReport } from '@weir/policy/snapshot';

/** How often a proxy tells what it saw: analyses decide by it, and a fuse that has blown is to be heard of. */
const REPORT_MS = 1000;

const NOTHING: SplitReport = { counts: [], states: [] };

export interface SplitReporterOptions {
  readonly clock: Clock;
  readonly client: { readonly isConnected: boolean; reportSplits(report: SplitReport): boolean };
  /** What was seen since the last call; undefined = there is no split. Where it rejects, nothing is told until the next turn. */
  readonly take: () => Promise<SplitReport | undefined>;
}

/** Tells what a proxy sees of the revisions behind its splits, and once that there are none any more. While nobody can be told, what is seen adds up at the proxy. */
export class SplitReporter {
  private readonly options: SplitReporterOptions;
  private readonly timer: Timer;
  private isBusy = false;
  /** What was told last says something of a split. */
  private hasTold = false;

  constructor(options: SplitReporterOptions) {
    this.options = options;
    this.timer = options.clock.every(REPORT_MS, () => void this.tell());
  }

  close(): void {
    this.timer.cancel();
  }

  private async tell(): Promise<void> {
    const { client, take } = this.options;
    if (this.isBusy || !client.isConnected) return;
    this.isBusy = true;
    try {
      const report = await take();
      // Else what was said last of a split that is gone would stand for as long as the proxy is there.
      const isNew = report !== undefined || this.hasTold;
      if (isNew && client.reportSplits(report ?? NOTHING)) this.hasTold = report !== undefined;
    } catch {
      // Nobody waits for it, and the next turn asks again.
    } finally {
      this.isBusy = false;
    }
  }
}
