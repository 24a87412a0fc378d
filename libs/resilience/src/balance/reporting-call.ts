// SPDX-License-Identifier: Apache-2.0
import type { Clock, Fault, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import type { EndpointUtilization } from './endpoint-utilization.ts';
import { takeLoadReport } from './load-report.ts';

/** Stands between a call to an endpoint and its handler, and hears what the answer says of the endpoint's load. */
export class ReportingCall implements ResponseHandler {
  readonly #utilization: EndpointUtilization;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #handler: ResponseHandler;

  constructor(utilization: EndpointUtilization, clock: Pick<Clock, 'nowMs'>, handler: ResponseHandler) {
    this.#utilization = utilization;
    this.#clock = clock;
    this.#handler = handler;
  }

  onInformation(head: ResponseHead): void {
    this.#handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    this.#utilization.answer();
    this.#hear(head.headers);
    this.#handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.#handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    if (trailers !== undefined) this.#hear(trailers);
    this.#handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.#handler.onFault(fault);
  }

  #hear(fields: HeaderList): void {
    const report = takeLoadReport(fields);
    if (report !== undefined) this.#utilization.report(report, this.#clock.nowMs());
  }
}
