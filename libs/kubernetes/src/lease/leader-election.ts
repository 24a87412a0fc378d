// SPDX-License-Identifier: Apache-2.0
import { ChangingNote, reasonWords } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import { LeaseClaim } from './lease-claim.ts';
import type { LeaseClaimOptions } from './lease-claim.ts';

export interface LeaderElectionOptions extends Omit<LeaseClaimOptions, 'clock' | 'leaseMs' | 'renewDeadlineMs'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly timing?: LeaseTiming;
  /** From now on this process leads; `signal` aborts when it does not any more. Must not throw. */
  readonly onStartedLeading: (signal: AbortSignal) => void;
  /** This process does not lead any more. Must not throw. */
  readonly onStoppedLeading: () => void;
  /** Told why the lease cannot be had; not the same twice in a row. */
  readonly onNote: (text: string) => void;
}

export interface LeaseTiming {
  /** So long others wait after the last renewal that they saw. */
  readonly leaseMs: number;
  /** So long after its last renewal began a leader leads; shorter than `leaseMs`, so that it has stopped before another one starts. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** As Kubernetes' own controllers have it. */
const TIMING: LeaseTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
/** Those that wait are spread, so that they do not all come at once. */
const JITTER = 0.2;
/** Of the deadline: an attempt that hangs must leave time for another one. */
const ATTEMPT_SHARE = 0.4;

/**
 * Sees to it that of several replicas at most one leads, by a Lease (coordination.k8s.io/v1). A leader that cannot renew it in time stops
 * before anybody else may start, also where its timers are late: `isLeading` looks at the clock. A lease whose holder is gone and cannot lead
 * any more is taken before it ends (`isAbandoned`).
 */
export class LeaderElection {
  private readonly options: LeaderElectionOptions;
  private readonly timing: LeaseTiming;
  private readonly claim: LeaseClaim;
  private readonly stopping = new AbortController();
  private term: AbortController | undefined;
  private endsMs = 0;
  private deadline: Timer | undefined;
  private readonly notes: ChangingNote;

  constructor(options: LeaderElectionOptions) {
    this.options = options;
    this.notes = new ChangingNote(options.onNote);
    this.timing = options.timing ?? TIMING;
    this.claim = new LeaseClaim({ ...options, ...this.timing });
  }

  get isLeading(): boolean {
    return this.term !== undefined && this.options.clock.nowMs() < this.endsMs;
  }

  /** Who leads, as far as this process knows; '' = nobody. */
  get leader(): string {
    return this.claim.holder;
  }

  /** Takes part until `stop`; never rejects. */
  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.attempt();
      await this.pause();
    }
  }

  /** Stops leading, and lets another one start at once where the API server can be reached. */
  async stop(): Promise<void> {
    const wasLeading = this.term !== undefined;
    this.stopping.abort();
    this.stopLeading();
    if (!wasLeading) return;
    try {
      await this.bounded(signal => this.claim.release(signal));
    } catch {
      // It ends by itself.
    }
  }

  private async attempt(): Promise<void> {
    // Counted from before it was asked: others count from when it was written, which is later.
    const startedMs = this.options.clock.nowMs();
    try {
      const result = await this.bounded(signal => this.claim.acquireOrRenew(signal));
      if (this.stopping.signal.aborted) return;
      if (result === 'held') this.leadUntil(startedMs + this.timing.renewDeadlineMs);
      else if (result === 'others') this.stopLeading();
      this.notes.clear();
    } catch (reason) {
      if (!this.stopping.signal.aborted) this.note(reason);
    }
  }

  private leadUntil(endsMs: number): void {
    const { clock, onStartedLeading } = this.options;
    const leftMs = endsMs - clock.nowMs();
    // A term whose end nobody noticed yet is over all the same: who leads again begins anew.
    if (this.term !== undefined && !this.isLeading) this.stopLeading();
    if (leftMs <= 0) return;
    this.endsMs = endsMs;
    this.deadline?.cancel();
    this.deadline = clock.after(leftMs, () => this.stopLeading());
    if (this.term !== undefined) return;
    this.term = new AbortController();
    onStartedLeading(this.term.signal);
  }

  private stopLeading(): void {
    const { term } = this;
    this.deadline?.cancel();
    this.deadline = undefined;
    this.term = undefined;
    if (term === undefined) return;
    term.abort(new Error('this process does not lead any more'));
    this.options.onStoppedLeading();
  }

  private async bounded<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const waitMs = this.timing.renewDeadlineMs * ATTEMPT_SHARE;
    const attempt = new AbortController();
    const late = new Error(`no answer of the API server in ${waitMs / 1000} s`);
    const timer = this.options.clock.after(waitMs, () => attempt.abort(late));
    try {
      return await work(attempt.signal);
    } finally {
      timer.cancel();
    }
  }

  private pause(): Promise<void> {
    const { clock, random } = this.options;
    const { signal } = this.stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const done = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.after(this.timing.retryMs * (1 + JITTER * random.next()), done);
      signal.addEventListener('abort', done);
    });
  }

  private note(reason: unknown): void {
    this.notes.tell(`the lease ${this.options.namespace}/${this.options.name} cannot be had: ${reasonWords(reason)}`);
  }
}
