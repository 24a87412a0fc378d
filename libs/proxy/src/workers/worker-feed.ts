// SPDX-License-Identifier: Apache-2.0
import type { Rejection } from '../engine/configuration.ts';
import { mergeUpdates } from './merge-updates.ts';
import type { Update } from './worker-messages.ts';

export interface WorkerFeedOptions {
  /** Gives an update to the worker; resolves when it serves. */
  apply(update: Update): Promise<readonly Rejection[]>;
  /** The worker serves this version. */
  onApplied(version: number, rejections: readonly Rejection[]): void;
  /** The worker could not answer; its end is somebody else's business. */
  onFailed(error: unknown): void;
}

/**
 * Backpressure towards one worker: one update on its way, and at most one waiting into which newer ones are merged.
 * However fast documents change, a slow worker owes no more than one catch-up.
 */
export class WorkerFeed {
  private readonly options: WorkerFeedOptions;
  private waiting: Update | undefined;
  private isBusy = false;
  /** Version that the worker serves; -1 before its first. */
  appliedVersion = -1;

  constructor(options: WorkerFeedOptions) {
    this.options = options;
  }

  /** Sends an update now or with the next ones, in order. */
  offer(update: Update): void {
    this.waiting = this.waiting === undefined ? update : mergeUpdates(this.waiting, update);
    if (!this.isBusy) void this.send();
  }

  private async send(): Promise<void> {
    this.isBusy = true;
    try {
      while (this.waiting !== undefined) {
        const update = this.waiting;
        this.waiting = undefined;
        const rejections = await this.options.apply(update);
        this.appliedVersion = update.transaction.version;
        this.options.onApplied(this.appliedVersion, rejections);
      }
    } catch (error) {
      this.options.onFailed(error);
    } finally {
      this.isBusy = false;
    }
  }
}
