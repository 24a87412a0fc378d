// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { SHARED } from '../backend-memory/backend-memory.ts';
import type { BackendCells } from '../backend-memory/backend-memory.ts';
import { closedWord, eraOf, goodOf, grantedOf, halfOpenWord, openWord, stateOf } from './breaker-word.ts';
import type { BreakerState } from './breaker-word.ts';
import type { CallJudgement } from './call-judgement.ts';
import { OutcomeCounts } from './outcome-counts.ts';

export interface CircuitBreakerOptions {
  /** Opens when at least this share of the calls that ended within the window failed; 1 to 100. */
  readonly errorPercent: number;
  /** With fewer ended calls within the window it does not open. */
  readonly minimumRequests: number;
  readonly windowMs: number;
  /** How long it stays open before calls may probe; a probe that has no answer after as long gives its turn to others. */
  readonly openMs: number;
  /** Probes that are let through at a time, and have to be good for it to close; 1 to MAX_PROBES. */
  readonly halfOpenRequests: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Memory that all workers share; theirs is one breaker. */
  readonly cells: BackendCells;
  /** It was this worker that changed the state. */
  readonly onChange?: (state: BreakerState) => void;
}

/** What `fire` answers to a call that must not be made. */
export const REFUSED = -1;

/**
 * A circuit breaker as opossum's, one for all workers of a process: synchronous, without timers and locks. Closed, every call may be
 * made; open, none; half open, a few, which close it if all are good and open it with the first that is not. It begins anew when it
 * closes: what failed before does not count again. Calls that began before the last change of state decide nothing any more.
 *
 * Its state is one word that workers change by compare-and-swap, so that each change is made once. A worker that dies takes its probes
 * with it, and one that hangs keeps them: after `openMs` half open, others get their turn.
 */
export class CircuitBreaker implements CallJudgement {
  readonly #options: CircuitBreakerOptions;
  readonly #shared: Int32Array;
  readonly #counts: OutcomeCounts;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#shared = options.cells.shared;
    this.#counts = new OutcomeCounts(options.cells, options.windowMs);
  }

  /** As a call would find it now. */
  get state(): BreakerState {
    const state = stateOf(this.#word());
    return state === 'open' && this.#sinceMs() >= this.#options.openMs ? 'halfOpen' : state;
  }

  /** How long an open breaker will refuse; 0 where it does not, or goes by the ends of probes. */
  get remainingMs(): number {
    return stateOf(this.#word()) === 'open' ? Math.max(0, this.#options.openMs - this.#sinceMs()) : 0;
  }

  /** Whether a call may be made now: REFUSED, or a ticket that exactly one of `succeed`, `fail` and `abandon` takes back. */
  fire(): number {
    for (;;) {
      const word = this.#word();
      if (stateOf(word) === 'closed') return eraOf(word);
      const next = this.#probeWord(word);
      if (next === undefined) return REFUSED;
      if (this.#change(word, next)) return eraOf(next);
    }
  }

  succeed(ticket: number): void {
    for (;;) {
      const word = this.#word();
      if (eraOf(word) !== ticket) return;
      if (stateOf(word) !== 'halfOpen') {
        this.#counts.countEnd(ticket, this.#nowMs());
        return;
      }
      const good = goodOf(word) + 1;
      const isProven = good >= this.#options.halfOpenRequests;
      const next = isProven ? closedWord(ticket + 1) : halfOpenWord(ticket, { granted: grantedOf(word), good });
      if (this.#change(word, next)) return;
    }
  }

  fail(ticket: number): void {
    if (eraOf(this.#word()) !== ticket) return;
    this.#counts.countEnd(ticket, this.#nowMs());
    this.breakOff(ticket);
  }

  /** A call that had succeeded, by the head of its answer, has failed after all. */
  breakOff(ticket: number): void {
    const word = this.#word();
    if (eraOf(word) !== ticket || stateOf(word) === 'open') return;
    this.#counts.countFailure(ticket, this.#nowMs());
    if (stateOf(word) === 'halfOpen' || this.#isTooMuch(ticket)) this.#open(ticket);
  }

  /** The call was broken off before it said anything of its backend. */
  abandon(ticket: number): void {
    for (;;) {
      const word = this.#word();
      if (eraOf(word) !== ticket || stateOf(word) !== 'halfOpen') return;
      const next = halfOpenWord(ticket, { granted: Math.max(0, grantedOf(word) - 1), good: goodOf(word) });
      if (this.#change(word, next)) return;
    }
  }

  /** What the word becomes with one more probe; undefined = none may go. */
  #probeWord(word: number): number | undefined {
    const { halfOpenRequests, openMs } = this.#options;
    if (stateOf(word) === 'halfOpen' && grantedOf(word) < halfOpenRequests) {
      return halfOpenWord(eraOf(word), { granted: grantedOf(word) + 1, good: goodOf(word) });
    }
    if (this.#sinceMs() < openMs) return undefined;
    return halfOpenWord(eraOf(word) + 1, { granted: 1, good: 0 });
  }

  #isTooMuch(era: number): boolean {
    const { ended, failed } = this.#counts.sums(era, this.#nowMs());
    const { minimumRequests, errorPercent } = this.#options;
    return ended >= minimumRequests && failed * 100 >= errorPercent * ended;
  }

  #open(era: number): void {
    for (;;) {
      const word = this.#word();
      if (eraOf(word) !== era || this.#change(word, openWord(era + 1))) return;
    }
  }

  /** Whether the word was still what it is taken to be, and is `next` now. */
  #change(word: number, next: number): boolean {
    const isNewEra = eraOf(word) !== eraOf(next);
    // Before the word: nobody may see a new era with the time of the one before it. Who loses the race has written the same moment.
    if (isNewEra) Atomics.store(this.#shared, SHARED.breakerSince, this.#moment());
    if (Atomics.compareExchange(this.#shared, SHARED.breakerWord, word, next) !== word) return false;
    if (isNewEra) this.#options.onChange?.(stateOf(next));
    return true;
  }

  #word(): number {
    return Atomics.load(this.#shared, SHARED.breakerWord);
  }

  /** Milliseconds since the state changed; modulo 2^32, which an idle breaker meets after seven weeks, and then probes a little later. */
  #sinceMs(): number {
    // Read first: what others write meanwhile would be later than now.
    const since = Atomics.load(this.#shared, SHARED.breakerSince);
    return (this.#moment() - since) >>> 0;
  }

  #moment(): number {
    return Math.floor(this.#nowMs()) | 0;
  }

  /** One for all threads of a process. */
  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}
