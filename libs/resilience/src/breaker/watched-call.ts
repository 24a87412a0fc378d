// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Fault, HeaderList, ResponseHandler, ResponseHead, UpstreamCall } from '@weir/base';
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
export class WatchedCall implements ResponseHandler, UpstreamCall {
  readonly #breaker: CircuitBreaker;
  readonly #ticket: number;
  readonly #exchange: Exchange;
  readonly #handler: ResponseHandler;
  #call: UpstreamCall | undefined;
  /** What the breaker was told; 'settled' = nothing more is to be said. */
  #told: 'good' | 'settled' | undefined;

  constructor({ breaker, ticket, exchange, handler }: FiredCall) {
    this.#breaker = breaker;
    this.#ticket = ticket;
    this.#exchange = exchange;
    this.#handler = handler;
  }

  /** The call that this is the handler of. */
  follow(call: UpstreamCall): this {
    this.#call = call;
    return this;
  }

  resume(): void {
    this.#call?.resume();
  }

  cancel(why?: 'late'): void {
    this.#settle(why === 'late' ? 'bad' : undefined);
    this.#call?.cancel(why);
  }

  onInformation(head: ResponseHead): void {
    this.#handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    this.#tell(outcomeOfHead(this.#exchange, head));
    this.#handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    // The first message of a gRPC call: it works, whatever it comes to.
    if (this.#told === undefined) this.#tell('good');
    return this.#handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.#settle(outcomeOfEnd(this.#exchange, trailers));
    this.#handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.#settle(isBackendFault(fault) ? 'bad' : undefined);
    this.#handler.onFault(fault);
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
