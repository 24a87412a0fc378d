// SPDX-License-Identifier: Apache-2.0
import type { OutlierDetection } from '@weir/policy/snapshot';
import type { EndpointCell } from './endpoint-cell.ts';
import { ejectionPlaces } from './health-group.ts';
import type { HealthGroup } from './health-group.ts';

/** `gateway`: the endpoint could not be asked or did not answer as it has to; `server`: it answered with another error. */
export type Failure = 'gateway' | 'server';

/** Notes what endpoints answer, in cells that all workers share, and ejects those that fail again and again. */
export class OutcomeRecorder {
  /** Somebody compares endpoints by how long they take. */
  readonly measuresLatency: boolean;
  readonly #outliers: OutlierDetection;
  readonly #group: HealthGroup;
  readonly #maxEjected: number;
  readonly #counts: boolean;

  /** `endpointCount`: of the set that the endpoints belong to. */
  constructor(outliers: OutlierDetection, group: HealthGroup, endpointCount: number) {
    this.#outliers = outliers;
    this.#group = group;
    this.#maxEjected = ejectionPlaces(endpointCount, outliers.maxEjectionPercent);
    this.#counts = outliers.successRate !== undefined;
    this.measuresLatency = outliers.latency !== undefined;
  }

  succeeded(cell: EndpointCell): void {
    cell.clearRows();
    if (this.#counts) cell.countAnswer(false);
  }

  failed(cell: EndpointCell, failure: Failure): void {
    const { consecutive5xx, consecutiveGatewayErrors } = this.#outliers;
    if (this.#counts) cell.countAnswer(true);
    const failures = cell.addFailure();
    const gatewayErrors = cell.addGatewayError(failure === 'gateway');
    if (consecutive5xx > 0 && failures >= consecutive5xx) {
      cell.eject('consecutive_5xx', this.#group, this.#maxEjected);
    } else if (consecutiveGatewayErrors > 0 && gatewayErrors >= consecutiveGatewayErrors) {
      cell.eject('consecutive_gateway_errors', this.#group, this.#maxEjected);
    }
  }

  /** The head of an answer has come, so many milliseconds after the call went out. */
  answered(cell: EndpointCell, latencyMs: number): void {
    if (this.measuresLatency) cell.countHead(latencyMs);
  }
}
