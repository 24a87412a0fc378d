// SPDX-License-Identifier: Apache-2.0
import type { LeaseRecord } from './lease-record.ts';

/**
 * A lease as this process saw it: it counts from when it was seen to change, by the own clock. Times that others wrote are not compared
 * with it, so clocks may differ by any amount (client-go does the same).
 */
export class ObservedLease {
  private version: string | undefined;
  private seenMs = 0;
  private record: LeaseRecord | undefined;

  /** `resourceVersion` changes with each renewal. */
  observe(record: LeaseRecord, { resourceVersion, nowMs }: { readonly resourceVersion: string; readonly nowMs: number }): void {
    this.record = record;
    if (this.version === resourceVersion) return;
    this.version = resourceVersion;
    this.seenMs = nowMs;
  }

  /** Who leads as far as is known; '' = nobody. */
  get holder(): string {
    return this.record?.holder ?? '';
  }

  get isKnown(): boolean {
    return this.record !== undefined;
  }

  /** For how long it has been seen as it is. */
  unchangedMs(nowMs: number): number {
    return nowMs - this.seenMs;
  }

  /** Whether somebody else may still believe to lead. */
  isHeldByOther(self: string, nowMs: number): boolean {
    if (this.record === undefined || this.holder === '' || this.holder === self) return false;
    return nowMs < this.seenMs + this.record.durationMs;
  }
}
