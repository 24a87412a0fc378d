// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import { Server as TlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { reasonWords } from '@weir/base';
import { StartError } from '../control-plane-options.ts';
import type { SocketPlace } from '../start-options.ts';

/** Slow clients must not hold connections: requests of the API are small. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 256;

export interface ApiListener {
  readonly at: SocketPlace;
  readonly scheme: 'http' | 'https';
  /** For connections that follow. */
  renew(tls: ApiTls): void;
  close(): Promise<void>;
}

export type ApiTls = Pick<ServerOptions, 'cert' | 'key'>;

export interface ApiListenerOptions {
  readonly at: SocketPlace;
  /** Undefined = plain HTTP, on loopback only. */
  readonly tls: ApiTls | undefined;
}

/** Serves the API. Throws StartError where it cannot. */
export async function listenApi(api: RequestListener, { at, tls }: ApiListenerOptions): Promise<ApiListener> {
  const timeouts = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  const server =
    tls === undefined ? createServer(timeouts, api) : createSecureServer({ ...timeouts, ...tls, minVersion: 'TLSv1.3' }, api);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(at.port, at.address);
  try {
    await once(server, 'listening');
  } catch (reason) {
    throw new StartError(`the API cannot be served: ${reasonWords(reason)}`);
  }
  const { address, port } = server.address() as AddressInfo;
  return {
    at: { address, port },
    scheme: tls === undefined ? 'http' : 'https',
    renew: next => {
      if (server instanceof TlsServer) server.setSecureContext({ ...next, minVersion: 'TLSv1.3' });
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
