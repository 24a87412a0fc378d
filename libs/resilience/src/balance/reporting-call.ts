// SPDX-License-Identifier: Apache-2.0
import { PassingHandler } from '@weir/base';
import type { Clock, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import type { EndpointUtilization } from './endpoint-utilization.ts';
import { takeLoadReport } from './load-report.ts';

/** Stands between a call to an endpoint and its handler, and hears what the answer says of the endpoint's load. */
export class ReportingCall extends PassingHandler {
  readonly #utilization: EndpointUtilization;
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(utilization: EndpointUtilization, clock: Pick<Clock, 'nowMs'>, handler: ResponseHandler) {
    super(handler);
    this.#utilization = utilization;
    this.#clock = clock;
  }

  override onHead(head: ResponseHead): void {
    this.#utilization.answer();
    this.#hear(head.headers);
    super.onHead(head);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    if (trailers !== undefined) this.#hear(trailers);
    super.onEnd(trailers);
  }

  #hear(fields: HeaderList): void {
    const report = takeLoadReport(fields);
    if (report !== undefined) this.#utilization.report(report, this.#clock.nowMs());
  }
}
