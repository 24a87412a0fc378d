// SPDX-License-Identifier: Apache-2.0
import type { OutlierDetection } from '@weir/policy/snapshot';
import { createCellMemory, EndpointCell } from './endpoint-cell.ts';
import type { AnswerCounts } from './endpoint-cell.ts';
import type { HealthChange } from './health-change.ts';
import type { HealthGroup } from './health-group.ts';
import { countsSince } from './outlier-statistics.ts';
import { heldBackAfter } from './slow-start.ts';

/** One endpoint as the main thread keeps it: its cell, and what takes time. */
export class KeptEndpoint {
  readonly name: string;
  readonly memory = createCellMemory();
  readonly cell = new EndpointCell(this.memory);
  /** Ejected until then; undefined = it is not, as far as is known. */
  ejectedUntilMs: number | undefined;
  /** Ejections that are still held against it: the next one lasts so many times longer, and once more. */
  ejectionCount = 0;
  /** When it began to get a growing share; undefined = it has all of it. */
  #rampSinceMs: number | undefined;
  #counted: AnswerCounts = this.cell.counts;

  constructor(name: string) {
    this.name = name;
  }

  get isRamping(): boolean {
    return this.#rampSinceMs !== undefined;
  }

  /** Looks whether a worker has ejected it: the time of an ejection begins when it is seen. */
  noteEjection({ baseEjectionMs, maxEjectionMs }: OutlierDetection, nowMs: number): HealthChange | undefined {
    const reason = this.cell.ejection;
    if (reason === undefined || this.ejectedUntilMs !== undefined) return undefined;
    this.ejectionCount += 1;
    const forMs = Math.min(baseEjectionMs * this.ejectionCount, maxEjectionMs);
    this.ejectedUntilMs = nowMs + forMs;
    return { endpoint: this.name, kind: 'ejected', reason, forMs };
  }

  readmit(group: HealthGroup): HealthChange {
    this.cell.readmit(group);
    this.ejectedUntilMs = undefined;
    return { endpoint: this.name, kind: 'readmitted' };
  }

  /** An interval has passed: one that was not ejected in it is forgiven one ejection. */
  forgive(): void {
    if (this.ejectedUntilMs === undefined && this.ejectionCount > 0) this.ejectionCount -= 1;
  }

  beginRamp(nowMs: number, windowMs: number): void {
    if (windowMs === 0) return;
    this.#rampSinceMs = nowMs;
    this.ramp(nowMs, windowMs);
  }

  /** Gives it the share that it has by now. */
  ramp(nowMs: number, windowMs: number): void {
    if (this.#rampSinceMs === undefined) return;
    const heldBack = windowMs === 0 ? 0 : heldBackAfter(nowMs - this.#rampSinceMs, windowMs);
    this.cell.holdBack(heldBack);
    if (heldBack === 0) this.#rampSinceMs = undefined;
  }

  /** What it answered since the last call. */
  takeCounts(): AnswerCounts {
    const now = this.cell.counts;
    const since = countsSince(this.#counted, now);
    this.#counted = now;
    return since;
  }
}
