// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import type { KeyPair, TestDocument } from '@weir/testing';
import { service } from './documents.ts';
import type { Fields } from './documents.ts';

/** What an HTTPS backend saw of one request. */
export interface TlsSight {
  readonly backend: string;
  /** Server name that was asked for. */
  readonly serverName: string | null;
  /** What was agreed on by ALPN. */
  readonly protocol: string | null;
  /** Subject of the certificate that was shown. */
  readonly client: string | null;
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly host: string;
  readonly path: string;
  readonly bodyBytes: number;
}

/** A server of node:https that answers with what it saw. */
export class TlsBackend implements AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  connectionCount = 0;
  requestCount = 0;

  constructor(server: Server, port: number) {
    this.server = server;
    this.port = port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export async function startTlsBackend(
  name: string,
  { certificatePem, keyPem }: KeyPair,
  options: TlsOptions = {},
): Promise<TlsBackend> {
  const server = createServer({ cert: certificatePem, key: keyPem, keepAliveTimeout: 0, ...options });
  const connections = new WeakMap<object, number>();
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket: TLSSocket) => connections.set(socket, ++backend.connectionCount));
  server.on('request', (request, response) => {
    backend.requestCount++;
    const { socket } = request;
    if (!(socket instanceof TLSSocket)) throw new Error('a request without TLS');
    let bodyBytes = 0;
    request.on('data', (chunk: Buffer) => (bodyBytes += chunk.length));
    request.on('end', () => {
      const sight: TlsSight = {
        backend: name,
        serverName: typeof socket.servername === 'string' ? socket.servername : null,
        protocol: socket.alpnProtocol === false ? null : socket.alpnProtocol,
        client: socket.getPeerX509Certificate()?.subject ?? null,
        connection: connections.get(socket) ?? 0,
        host: request.headers.host ?? '',
        path: request.url ?? '',
        bodyBytes,
      };
      response.end(JSON.stringify(sight));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const backend = new TlsBackend(server, (server.address() as AddressInfo).port);
  return backend;
}

export interface PolicyOptions {
  readonly hostname?: string;
  readonly subjectAltNames?: readonly Fields[];
  /** Name of a ConfigMap with authorities. */
  readonly authorities?: string;
  /** Whether the system's authorities are trusted, and no ConfigMap. */
  readonly trustsSystem?: boolean;
}

/** A BackendTLSPolicy for a Service of the same name. */
export function tlsPolicy(name: string, options: PolicyOptions = {}): TestDocument {
  const { hostname = 'backend.test', subjectAltNames, authorities = 'backends', trustsSystem = false } = options;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'BackendTLSPolicy',
    metadata: { name, namespace: 'default' },
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name }],
      validation: {
        hostname,
        ...(trustsSystem
          ? { wellKnownCACertificates: 'System' }
          : { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: authorities }] }),
        ...(subjectAltNames === undefined ? {} : { subjectAltNames }),
      },
    },
  };
}

export interface ServiceOptions {
  readonly appProtocol?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Service on port 80 that says more than usual of what it expects. */
export function serviceThat(
  name: string,
  port: number,
  { appProtocol, annotations = {} }: ServiceOptions,
): readonly TestDocument[] {
  const [, ...slices] = service(name, [port]);
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default', annotations },
      spec: { ports: [{ name: 'http', port: 80, ...(appProtocol === undefined ? {} : { appProtocol }) }] },
    },
    ...slices,
  ];
}
