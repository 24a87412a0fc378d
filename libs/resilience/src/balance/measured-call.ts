// SPDX-License-Identifier: Apache-2.0
import type { Fault, HeaderList, ResponseHandler, ResponseHead, UpstreamCall } from '@weir/base';
import type { EndpointLatency } from './endpoint-latency.ts';

/** Stands between a call to an endpoint and its handler, and tells how long the answer took; once, however the call ends. */
export class MeasuredCall implements ResponseHandler, UpstreamCall {
  readonly #latency: EndpointLatency;
  readonly #handler: ResponseHandler;
  readonly #startedMs: number;
  #call: UpstreamCall | undefined;
  #isMeasured = false;

  /** Begins to measure: the call must be sent now. */
  constructor(latency: EndpointLatency, handler: ResponseHandler) {
    this.#latency = latency;
    this.#handler = handler;
    this.#startedMs = latency.begin();
  }

  /** The call that this is the handler of. */
  follow(call: UpstreamCall): this {
    this.#call = call;
    return this;
  }

  resume(): void {
    this.#call?.resume();
  }

  cancel(why?: 'timeout'): void {
    if (this.#measure()) this.#latency.abandon(this.#startedMs);
    this.#call?.cancel(why);
  }

  onInformation(head: ResponseHead): void {
    this.#handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    if (this.#measure()) this.#latency.answer(this.#startedMs);
    this.#handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.#handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.#handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    if (this.#measure()) this.#settleFault(fault);
    this.#handler.onFault(fault);
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
