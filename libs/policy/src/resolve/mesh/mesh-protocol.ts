// SPDX-License-Identifier: Apache-2.0
import type { MeshProtocol } from '../../snapshot/index.ts';
import type { ServicePort } from '../service/service-port.ts';

/** Application protocols (KEP-1422, KEP-3726), lower-case; WebSocket is HTTP/1.1 until it upgrades. Others are not looked into. */
const APPLICATION_PROTOCOLS: ReadonlyMap<string, MeshProtocol> = new Map([
  ['http', 'http1'],
  ['http/1.1', 'http1'],
  ['http1', 'http1'],
  ['ws', 'http1'],
  ['kubernetes.io/ws', 'http1'],
  ['h2c', 'http2'],
  ['http2', 'http2'],
  ['kubernetes.io/h2c', 'http2'],
  ['grpc', 'http2'],
  ['https', 'tls'],
  ['tls', 'tls'],
  ['wss', 'tls'],
  ['kubernetes.io/wss', 'tls'],
]);

/** How names of ports begin by custom, up to the first hyphen. */
const NAMES: ReadonlyMap<string, MeshProtocol> = new Map([
  ['http', 'http1'],
  ['ws', 'http1'],
  ['http2', 'http2'],
  ['h2c', 'http2'],
  ['grpc', 'http2'],
  ['https', 'tls'],
  ['tls', 'tls'],
  ['wss', 'tls'],
  ['tcp', 'tcp'],
  ['mongo', 'tcp'],
  ['mysql', 'tcp'],
  ['postgres', 'tcp'],
  ['redis', 'tcp'],
]);

/** SMTP, MySQL and Galera, PostgreSQL, Redis, Elasticsearch and memcached: there the server speaks first, or neither speaks HTTP. */
const OPAQUE_PORTS: ReadonlySet<number> = new Set([25, 587, 3306, 4444, 5432, 6379, 9300, 11_211]);

/** What a port speaks: by appProtocol, then by its name, then by its number; else nobody says. */
export function meshProtocolOf({ appProtocol, name = '', port }: ServicePort): MeshProtocol {
  if (appProtocol !== undefined) return APPLICATION_PROTOCOLS.get(appProtocol.toLowerCase()) ?? 'tcp';
  // gRPC-Web is spoken in either version of HTTP.
  const byName = name === 'grpc-web' ? 'http1' : NAMES.get(name.split('-', 1)[0] ?? '');
  if (byName !== undefined) return byName;
  return OPAQUE_PORTS.has(port) ? 'tcp' : 'detect';
}
