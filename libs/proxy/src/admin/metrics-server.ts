// SPDX-License-Identifier: Apache-2.0
import type { AddressInfo } from 'node:net';
import { METRICS_CONTENT_TYPE, renderMetrics } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';
import { ListenError } from '../listen/listen-error.ts';
import { listenErrorFrom } from '../listen/open-port.ts';
import type { PortAddress } from '../listen/open-port.ts';
import { hostPort } from '../listen/socket-address.ts';
import { closeHttpServer, openHttpServer, textAnswer } from './http-server.ts';
import type { AdminAnswer } from './http-server.ts';

/** Whether traffic should be sent here. `warning`: it should, and somebody should look at this before it no longer should. */
export type Readiness =
  { readonly isReady: true; readonly warning?: string | undefined } | { readonly isReady: false; readonly reason: string };

export interface MetricsView {
  metrics(): Promise<readonly MetricsDump[]>;
  readiness(): Readiness;
}

export interface MetricsServer extends PortAddress {
  close(): Promise<void>;
}

/** Serves /metrics, /livez and /readyz, and nothing else, as it may be reachable from outside. Port 0 = any. Throws ListenError. */
export async function openMetricsServer(at: PortAddress, view: MetricsView): Promise<MetricsServer> {
  try {
    const server = await openHttpServer(route => findRoute(route, view), { host: at.address, port: at.port });
    const { port } = server.address() as AddressInfo;
    return { address: at.address, port, close: () => closeHttpServer(server) };
  } catch (error) {
    const { code, message } = await listenErrorFrom(error, at);
    const where = hostPort(at.address, at.port);
    throw new ListenError(
      code,
      {
        message: message.replace(where, `${where} for metrics`),
        hint: 'choose another place with --metrics-address ADDRESS:PORT, or none with --metrics-address off',
      },
      { cause: error },
    );
  }
}

function findRoute(route: string, view: MetricsView): (() => AdminAnswer | Promise<AdminAnswer>) | undefined {
  switch (route) {
    case 'GET /metrics':
      return async () => ({ status: 200, contentType: METRICS_CONTENT_TYPE, body: renderMetrics(await view.metrics()) });
    case 'GET /livez':
      return () => textAnswer(200, 'ok');
    case 'GET /readyz':
      return () => readinessAnswer(view.readiness());
    default:
      return undefined;
  }
}

function readinessAnswer(readiness: Readiness): AdminAnswer {
  if (!readiness.isReady) return textAnswer(503, readiness.reason);
  return textAnswer(200, readiness.warning === undefined ? 'ok' : `ok\nwarning: ${readiness.warning}`);
}
