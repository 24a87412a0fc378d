// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonWords } from '@weir/base';
import { StartError } from '../control-plane-options.ts';
import type { SocketPlace } from '../start-options.ts';

/** What is asked over plain HTTP, by whoever reaches the port. */
export interface HealthView {
  /** Why proxies should not connect here; undefined = they should. */
  obstacle(): string | undefined;
  /** In Prometheus' text format. */
  metrics(): string;
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

const TIMEOUT_MS = 5_000;

/** Serves /livez, /readyz and /metrics. Throws StartError where the port cannot be had. */
export async function openHealthServer({ address, port }: SocketPlace, view: HealthView): Promise<HealthServer> {
  const server = createServer({ headersTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS }, ({ url = '' }, response) => {
    answer(url.split('?')[0] ?? '', view, response);
  });
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (reason) {
    throw new StartError(`health cannot be served: ${reasonWords(reason)}`);
  }
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(path: string, view: HealthView, response: ServerResponse): void {
  switch (path) {
    case '/livez':
      return end(response, 200, 'ok\n');
    case '/readyz': {
      const obstacle = view.obstacle();
      return obstacle === undefined ? end(response, 200, 'ok\n') : end(response, 503, `${obstacle}\n`);
    }
    case '/metrics':
      return end(response, 200, view.metrics());
    default:
      return end(response, 404, 'there are /livez, /readyz and /metrics\n');
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}
