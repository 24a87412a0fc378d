// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

/** Time constant: after so long without a slow answer, what a slow one has added is down to a third. */
const DECAY_MS = 10_000;
/** What an endpoint counts as while nothing is known of it but that it has calls to answer, and at least what a failed call does. */
const PENALTY_MS = 1_000;
const UNKNOWN = -1;

/**
 * How long an endpoint takes to answer: an exponentially weighted moving average of the time to the head of the answer, which a
 * slower answer raises at once to its own time (peak EWMA, as in Finagle and Linkerd), and which fades while none comes, so that
 * an endpoint that was slow is tried again. Of one worker. Each `begin` is followed by exactly one of the three others.
 */
export class EndpointLatency {
  readonly #clock: Pick<Clock, 'nowMs'>;
  #averageMs = UNKNOWN;
  #stampMs = 0;
  #pendingCount = 0;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** A call goes out; its start, to be given back with its end. */
  begin(): number {
    this.#pendingCount++;
    return this.#clock.nowMs();
  }

  /** The head of an answer has come. */
  answer(startedMs: number): void {
    const nowMs = this.#end();
    this.#observe(nowMs - startedMs, nowMs);
  }

  /** No answer comes. Who refuses within a millisecond must not look fast. */
  fail(startedMs: number): void {
    const nowMs = this.#end();
    this.#observe(Math.max(nowMs - startedMs, PENALTY_MS), nowMs);
  }

  /** Nobody waits for the answer any more: it would have taken that long at least. */
  abandon(startedMs: number): void {
    const nowMs = this.#end();
    if (nowMs - startedMs > this.#fadedMs(nowMs)) this.#observe(nowMs - startedMs, nowMs);
  }

  /**
   * What one more call will probably take, with `inFlight` before it. An endpoint of which nothing is known is asked first, by one
   * call at a time: more could find it broken.
   */
  costMs(inFlight: number): number {
    if (this.#averageMs === UNKNOWN) return this.#pendingCount === 0 ? 0 : PENALTY_MS * (inFlight + 1);
    return this.#fadedMs(this.#clock.nowMs()) * (inFlight + 1);
  }

  #end(): number {
    this.#pendingCount--;
    return this.#clock.nowMs();
  }

  #observe(latencyMs: number, nowMs: number): void {
    const weight = Math.exp((this.#stampMs - nowMs) / DECAY_MS);
    const before = this.#averageMs;
    this.#averageMs = latencyMs >= before ? latencyMs : before * weight + latencyMs * (1 - weight);
    this.#stampMs = nowMs;
  }

  #fadedMs(nowMs: number): number {
    return this.#averageMs * Math.exp((this.#stampMs - nowMs) / DECAY_MS);
  }
}
