// SPDX-License-Identifier: Apache-2.0
import type { Clock, Exchange, Fault, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import { WatchedCall } from '@weir/resilience';
import type { AttemptTally } from './attempt-tally.ts';

export interface TalliedCallParts {
  readonly tally: AttemptTally;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
}

/** One attempt at a revision: it is judged as by a circuit breaker, its answer is timed, and it is in flight until it ends. */
export class TalliedCall extends WatchedCall {
  readonly #tally: AttemptTally;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #startedMs: number;
  #hasEnded = false;

  /** Begins to measure: the attempt must be made now. */
  constructor({ tally, clock, exchange, handler }: TalliedCallParts) {
    super({ judge: tally, ticket: tally.ticket, exchange, handler });
    this.#tally = tally;
    this.#clock = clock;
    this.#startedMs = clock.nowMs();
    tally.inFlight += 1;
  }

  override cancel(why?: 'late'): void {
    this.#end();
    super.cancel(why);
  }

  override onHead(head: ResponseHead): void {
    this.#tally.answered(head.status, this.#clock.nowMs() - this.#startedMs);
    super.onHead(head);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.#end();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    this.#end();
    super.onFault(fault);
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#tally.inFlight -= 1;
  }
}
