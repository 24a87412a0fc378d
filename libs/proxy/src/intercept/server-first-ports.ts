// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

/** One entry has about 100 bytes; who has more ports than this learns some of them again. */
const MAX_LEARNED = 1024;
/** Then it is looked at again: another server may have come, and what was learned wrongly ends. */
const LEARNED_MS = 600_000;

/**
 * Where servers were seen to speak first: connections there need no detection for a while. The subject is the caller's: a Service and
 * port, or an address and port where there is no Service, so that one server's habit never decides about another's.
 */
export class ServerFirstPorts {
  private readonly clock: Clock;
  /** When it was learned; the longest known first. */
  private readonly subjects = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  learn(subject: string): void {
    this.subjects.delete(subject);
    this.subjects.set(subject, this.clock.nowMs());
    const [oldest] = this.subjects.keys();
    if (this.subjects.size > MAX_LEARNED && oldest !== undefined) this.subjects.delete(oldest);
  }

  has(subject: string): boolean {
    const learnedMs = this.subjects.get(subject);
    return learnedMs !== undefined && this.clock.nowMs() - learnedMs < LEARNED_MS;
  }
}
