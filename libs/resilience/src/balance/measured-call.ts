// SPDX-License-Identifier: Apache-2.0
import { PassingCall } from '@weir/base';
import type { Fault, ResponseHandler, ResponseHead } from '@weir/base';
import type { EndpointLatency } from './endpoint-latency.ts';

/** Stands between a call to an endpoint and its handler, and tells how long the answer took; once, however the call ends. */
export class MeasuredCall extends PassingCall {
  readonly #latency: EndpointLatency;
  readonly #startedMs: number;
  #isMeasured = false;

  /** Begins to measure: the call must be sent now. */
  constructor(latency: EndpointLatency, handler: ResponseHandler) {
    super(handler);
    this.#latency = latency;
    this.#startedMs = latency.begin();
  }

  override cancel(why?: 'late'): void {
    if (this.#measure()) this.#latency.abandon(this.#startedMs);
    this.call?.cancel(why);
  }

  override onHead(head: ResponseHead): void {
    if (this.#measure()) this.#latency.answer(this.#startedMs);
    super.onHead(head);
  }

  override onFault(fault: Fault): void {
    if (this.#measure()) this.#settleFault(fault);
    super.onFault(fault);
  }

  /** A client that breaks its request off says nothing of the endpoint. */
  #settleFault({ spec }: Fault): void {
    if (spec.blame === 'client') this.#latency.abandon(this.#startedMs);
    else this.#latency.fail(this.#startedMs);
  }

  /** Whether nothing was measured before. */
  #measure(): boolean {
    const isFirst = !this.#isMeasured;
    this.#isMeasured = true;
    return isFirst;
  }
}
