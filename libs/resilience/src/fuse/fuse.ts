// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { SHARED } from '../backend-memory/backend-memory.ts';
import type { BackendCells } from '../backend-memory/backend-memory.ts';
import type { CallJudgement } from '../breaker/call-judgement.ts';
import { eraOf, openWord, stateOf } from '../breaker/breaker-word.ts';
import { OutcomeCounts } from '../breaker/outcome-counts.ts';

export interface FuseOptions {
  /** Blows when at least this share of the attempts that ended within the window failed; 1 to 100. */
  readonly errorPercent: number;
  /** With fewer ended attempts within the window it does not blow. */
  readonly minimumRequests: number;
  readonly windowMs: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Memory that all workers share; theirs is one fuse. */
  readonly cells: BackendCells;
}

/**
 * A circuit breaker that opens once and never closes, one for all workers of a process. Its word, eras and counts are a breaker's, so
 * that a place in the shared memory can be the one's after it was the other's.
 */
export class Fuse implements CallJudgement {
  readonly #options: FuseOptions;
  readonly #shared: Int32Array;
  readonly #counts: OutcomeCounts;

  constructor(options: FuseOptions) {
    this.#options = options;
    this.#shared = options.cells.shared;
    this.#counts = new OutcomeCounts(options.cells, options.windowMs);
  }

  get isBlown(): boolean {
    return stateOf(this.#word()) === 'open';
  }

  /** What had happened when it blew, for people: `24 of 60 attempts failed within 5 s`; undefined = it has not. */
  get words(): string | undefined {
    if (!this.isBlown) return undefined;
    const failed = Atomics.load(this.#shared, SHARED.blownFailed);
    const ended = Atomics.load(this.#shared, SHARED.blownEnded);
    return `${failed} of ${ended} attempts failed within ${this.#options.windowMs / 1_000} s`;
  }

  /** Of an attempt that begins now; one of before the fuse blew decides nothing any more. */
  get ticket(): number {
    return eraOf(this.#word());
  }

  succeed(ticket: number): void {
    if (this.#isOf(ticket)) this.#counts.countEnd(ticket, this.#nowMs());
  }

  fail(ticket: number): void {
    if (!this.#isOf(ticket)) return;
    this.#counts.countEnd(ticket, this.#nowMs());
    this.breakOff(ticket);
  }

  breakOff(ticket: number): void {
    if (!this.#isOf(ticket)) return;
    const nowMs = this.#nowMs();
    this.#counts.countFailure(ticket, nowMs);
    const { ended, failed } = this.#counts.sums(ticket, nowMs);
    const { errorPercent, minimumRequests } = this.#options;
    if (ended >= minimumRequests && failed * 100 >= errorPercent * ended) this.#blow(ticket, { ended, failed });
  }

  /** Blows for what another one has seen. */
  blowLike(other: Fuse): void {
    const [ended, failed] = [SHARED.blownEnded, SHARED.blownFailed].map(index => Atomics.load(other.#shared, index));
    this.#blow(this.ticket, { ended: ended ?? 0, failed: failed ?? 0 });
  }

  abandon(): void {
    // Nothing is held for an attempt.
  }

  #isOf(ticket: number): boolean {
    const word = this.#word();
    return eraOf(word) === ticket && stateOf(word) === 'closed';
  }

  #blow(era: number, { ended, failed }: { readonly ended: number; readonly failed: number }): void {
    const word = this.#word();
    if (eraOf(word) !== era || stateOf(word) !== 'closed') return;
    // Before the word, so that nobody finds it blown without a reason. Who loses the race has counted nearly the same.
    Atomics.store(this.#shared, SHARED.blownEnded, ended);
    Atomics.store(this.#shared, SHARED.blownFailed, failed);
    Atomics.compareExchange(this.#shared, SHARED.breakerWord, word, openWord(era + 1));
  }

  #word(): number {
    return Atomics.load(this.#shared, SHARED.breakerWord);
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}
