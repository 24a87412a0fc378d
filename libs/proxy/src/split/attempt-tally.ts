// SPDX-License-Identifier: Apache-2.0
import { latencyBucket, MAX_LATENCY_BUCKET } from '@weir/base';
import type { RevisionCounts } from '@weir/policy/snapshot';
import type { CallJudgement, Fuse } from '@weir/resilience';

/** Whose attempts are counted. */
export type TallyPlace = Pick<RevisionCounts, 'backend' | 'revision' | 'rollout' | 'route' | 'step'>;

const STATUS_CLASSES = 5;

/** The attempts at one revision by one route in a worker, at one step of a rollout. */
export class AttemptTally implements CallJudgement {
  readonly place: TallyPlace;
  /** Attempts that have not ended. */
  inFlight = 0;
  /** Told as well; undefined = there is none. */
  fuse: Fuse | undefined = undefined;
  private succeeded = 0;
  private failed = 0;
  private isTouched = false;
  private readonly statuses = new Uint32Array(STATUS_CLASSES);
  private readonly latencies = new Uint32Array(MAX_LATENCY_BUCKET + 1);

  constructor(place: TallyPlace) {
    this.place = place;
  }

  /** For an attempt that begins now. */
  get ticket(): number {
    return this.fuse?.ticket ?? 0;
  }

  /** The head of an answer has come. */
  answered(status: number, latencyMs: number): void {
    this.isTouched = true;
    const statusClass = Math.floor(status / 100) - 1;
    if (statusClass >= 0 && statusClass < STATUS_CLASSES) this.statuses[statusClass]! += 1;
    this.latencies[latencyBucket(latencyMs)]! += 1;
  }

  succeed(ticket: number): void {
    this.isTouched = true;
    this.succeeded += 1;
    this.fuse?.succeed(ticket);
  }

  fail(ticket: number): void {
    this.isTouched = true;
    this.failed += 1;
    this.fuse?.fail(ticket);
  }

  breakOff(ticket: number): void {
    this.isTouched = true;
    this.succeeded -= 1;
    this.failed += 1;
    this.fuse?.breakOff(ticket);
  }

  abandon(): void {
    // It says nothing.
  }

  /** What was counted since the last time; undefined = nothing. */
  take(): RevisionCounts | undefined {
    if (!this.isTouched) return undefined;
    // A success that was told of before has failed since: the next successes make up for it.
    const succeeded = Math.max(0, this.succeeded);
    const counts = { ...this.place, succeeded, failed: this.failed, statuses: [...this.statuses], latencies: this.sparse() };
    this.succeeded -= succeeded;
    this.failed = 0;
    this.isTouched = this.succeeded !== 0;
    this.statuses.fill(0);
    this.latencies.fill(0);
    return counts;
  }

  private sparse(): RevisionCounts['latencies'] {
    const buckets: [number, number][] = [];
    for (const [bucket, count] of this.latencies.entries()) if (count > 0) buckets.push([bucket, count]);
    return buckets;
  }
}
