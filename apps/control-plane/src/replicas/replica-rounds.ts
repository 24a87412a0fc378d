// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Timer } from '@weir/base';

export interface ReplicaRoundsOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Asks the other replicas. What it rejects with is told once, until a round succeeds again. */
  readonly round: () => Promise<void>;
  /** What others are asked about, for people. */
  readonly what: string;
  /** Must not throw. */
  readonly onNote: (text: string) => void;
}

/** Rounds of questions to the other replicas, one at a time and again and again until they are stopped. */
export class ReplicaRounds {
  private readonly options: ReplicaRoundsOptions;
  private readonly timer: Timer;
  private isBusy = false;
  private hasFailed = false;
  private hasStopped = false;

  constructor(options: ReplicaRoundsOptions) {
    this.options = options;
    this.timer = options.clock.every(options.everyMs, () => this.begin());
  }

  get isStopped(): boolean {
    return this.hasStopped;
  }

  /** Begins a round at once, unless one is under way. */
  begin(): void {
    void this.run();
  }

  /** A round under way ends with the questions that it waits for. */
  stop(): void {
    this.hasStopped = true;
    this.timer.cancel();
  }

  private async run(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await this.options.round();
      this.hasFailed = false;
    } catch (reason) {
      this.fail(reason);
    } finally {
      this.isBusy = false;
    }
  }

  private fail(reason: unknown): void {
    const { what, onNote } = this.options;
    if (!this.hasFailed) onNote(`other replicas cannot be asked about ${what}: ${reasonWords(reason)}`);
    this.hasFailed = true;
  }
}
