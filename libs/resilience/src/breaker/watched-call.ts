// SPDX-License-Identifier: Apache-2.0
import { PassingCall } from '@weir/base';
import type { Exchange, Fault, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import { isBackendFault, outcomeOfEnd, outcomeOfHead } from './call-outcome.ts';
import type { Outcome } from './call-outcome.ts';
import type { CallJudgement } from './call-judgement.ts';

/** A call that a breaker has let through, or that somebody counts. */
export interface FiredCall {
  readonly judge: CallJudgement;
  readonly ticket: number;
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
}

/** Stands between a call to a backend and its handler, and tells a breaker, or whoever counts, what the call says of the backend. */
export class WatchedCall extends PassingCall {
  readonly #judge: CallJudgement;
  readonly #ticket: number;
  readonly #exchange: Exchange;
  /** What the judge was told; 'settled' = nothing more is to be said. */
  #told: 'good' | 'settled' | undefined;

  constructor({ judge, ticket, exchange, handler }: FiredCall) {
    super(handler);
    this.#judge = judge;
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
    if (outcome === 'good') this.#judge.succeed(this.#ticket);
    else if (this.#told === 'good') this.#judge.breakOff(this.#ticket);
    else this.#judge.fail(this.#ticket);
    this.#told = outcome === 'good' ? 'good' : 'settled';
  }

  #settle(outcome: Outcome): void {
    this.#tell(outcome);
    if (this.#told === undefined) this.#judge.abandon(this.#ticket);
    this.#told = 'settled';
  }
}
