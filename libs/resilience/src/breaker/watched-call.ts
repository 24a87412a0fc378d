// SPDX-License-Identifier: Apache-2.0
import { PassingCall } from '@weir/base';
import type { Exchange, Fault, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import { isBackendFault, outcomeOfEnd, outcomeOfHead } from './call-outcome.ts';
import type { Outcome } from './call-outcome.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

/** A call that a breaker has let through. */
export interface FiredCall {
  readonly breaker: CircuitBreaker;
  readonly ticket: number;
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
}

/** Stands between a call to a backend and its handler, and tells the breaker what the call says of the backend. */
export class WatchedCall extends PassingCall {
  readonly #breaker: CircuitBreaker;
  readonly #ticket: number;
  readonly #exchange: Exchange;
  /** What the breaker was told; 'settled' = nothing more is to be said. */
  #told: 'good' | 'settled' | undefined;

  constructor({ breaker, ticket, exchange, handler }: FiredCall) {
    super(handler);
    this.#breaker = breaker;
    this.#ticket = ticket;
    this.#exchange = exchange;
  }

  override cancel(why?: 'late'): void {
    this.#settle(why === 'late' ? 'bad' : undefined);
    this.call?.cancel(why);
  }

  override onHead(head: ResponseHead): void {
    this.#tell(outcomeOfHead(this.#exchange, head));
    super.onHead(head);
  }

  override onData(chunk: Buffer): boolean {
    // The first message of a gRPC call: it works, whatever it comes to.
    if (this.#told === undefined) this.#tell('good');
    return super.onData(chunk);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.#settle(outcomeOfEnd(this.#exchange, trailers));
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    this.#settle(isBackendFault(fault) ? 'bad' : undefined);
    super.onFault(fault);
  }

  #tell(outcome: Outcome): void {
    if (outcome === undefined || this.#told === 'settled' || outcome === this.#told) return;
    if (outcome === 'good') this.#breaker.succeed(this.#ticket);
    else if (this.#told === 'good') this.#breaker.breakOff(this.#ticket);
    else this.#breaker.fail(this.#ticket);
    this.#told = outcome === 'good' ? 'good' : 'settled';
  }

  #settle(outcome: Outcome): void {
    this.#tell(outcome);
    if (this.#told === undefined) this.#breaker.abandon(this.#ticket);
    this.#told = 'settled';
  }
}
