// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { Backoff } from '@weir/base';
import type { Clock, Random } from '@weir/base';

const RETRY = { firstMs: 500, maxMs: 60_000 };

interface Failed<Subject> {
  readonly subject: Subject;
  readonly backoff: Backoff;
  readonly dueMs: number;
}

/** What has failed and is to be tried again, each after half a second to a minute; something else under the same key may be tried at once. */
export class Retries<Subject> {
  private readonly failed = new Map<string, Failed<Subject>>();
  private readonly ports: { readonly clock: Clock; readonly random: Random };
  private readonly onDue: (key: string) => void;

  /** `onDue`: one may be tried again. */
  constructor(ports: { readonly clock: Clock; readonly random: Random }, onDue: (key: string) => void) {
    this.ports = ports;
    this.onDue = onDue;
  }

  get count(): number {
    return this.failed.size;
  }

  fail(key: string, subject: Subject): void {
    const { clock, random } = this.ports;
    const backoff = this.failed.get(key)?.backoff ?? new Backoff(RETRY, random);
    const waitMs = backoff.nextMs();
    const failed = { subject, backoff, dueMs: clock.nowMs() + waitMs };
    this.failed.set(key, failed);
    clock.after(waitMs, () => {
      if (this.failed.get(key) === failed) this.onDue(key);
    });
  }

  /** Whether this very thing has failed, and it is too early to try it again. */
  isWaiting(key: string, subject: Subject): boolean {
    const failed = this.failed.get(key);
    if (failed === undefined || this.ports.clock.nowMs() >= failed.dueMs) return false;
    return isDeepStrictEqual(failed.subject, subject);
  }

  forget(key: string): void {
    this.failed.delete(key);
  }

  clear(): void {
    this.failed.clear();
  }
}
