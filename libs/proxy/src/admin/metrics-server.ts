// SPDX-License-Identifier: Apache-2.0
import { METRICS_CONTENT_TYPE, renderMetrics, SeriesBudget } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';
import type { PortAddress } from '../listen/open-port.ts';
import { findHealthRoute } from './health-routes.ts';
import type { ReadinessView } from './health-routes.ts';
import type { AdminAnswer } from './http-server.ts';
import { openOperatorServer } from './operator-server.ts';
import type { OperatorServer } from './operator-server.ts';

export interface MetricsView extends ReadinessView {
  metrics(): Promise<readonly MetricsDump[]>;
}

/** Where a collector finds metrics, and how much of them. */
export interface MetricsPlace extends PortAddress {
  /** Time series that the page has at most. */
  readonly maxSeries: number;
}

/** Serves /metrics, /livez and /readyz, and nothing else, as it may be reachable from outside. Port 0 = any. Throws ListenError. */
export function openMetricsServer({ maxSeries, ...at }: MetricsPlace, view: MetricsView): Promise<OperatorServer> {
  const budget = new SeriesBudget(maxSeries);
  const find = (route: string): (() => AdminAnswer | Promise<AdminAnswer>) | undefined =>
    route === 'GET /metrics' ? () => metricsAnswer(view, budget) : findHealthRoute(route, view);
  return openOperatorServer(at, { find, purpose: 'metrics', flag: '--metrics-address' });
}

async function metricsAnswer(view: MetricsView, budget: SeriesBudget): Promise<AdminAnswer> {
  return { status: 200, contentType: METRICS_CONTENT_TYPE, body: renderMetrics(await view.metrics(), budget) };
}
