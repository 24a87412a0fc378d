// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSystemRandom } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { Backend, Port, RouteRule } from '@weir/policy/snapshot';
import { createTelemetry } from '@weir/telemetry';
import { ByteReader, connectHttp2, connectRaw, createManualClock } from '@weir/testing';
import { createEngine } from './engine.ts';
import { defaultSettings } from './settings.ts';

const PORT: Port = {
  kind: 'port',
  name: 'port/127.0.0.1/1',
  address: '127.0.0.1',
  port: 1,
  protocol: 'HTTP',
  proxyProtocolFrom: [],
  listeners: [{ name: 'ns/edge/main', hostname: '*', protocol: 'HTTP', tls: undefined, backendCertificate: undefined }],
};
const RULE: RouteRule = {
  kind: 'routeRule',
  name: 'rule/ns/all/0',
  routeKind: 'HTTPRoute',
  route: 'ns/all',
  rule: '0',
  createdMs: 0,
  index: 0,
  attachments: [{ listener: 'ns/edge/main', hostnames: ['*'] }],
  matches: [{ path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] }],
  action: {
    refusal: undefined,
    filters: [],
    backends: [{ backend: 'backend/ns/chat/1', label: 'ns/chat:1', weight: 1, filters: [] }],
    requestTimeoutMs: 0,
    attemptTimeoutMs: 0,
    retry: undefined,
  },
};

/** The client's side of a WebSocket that is open, or of the handshake for one. */
export interface TunnelClient {
  /** Of the answer to the handshake. */
  readonly status: Promise<number>;
  readonly stream: Duplex;
  /** Reads no more than it is asked for. */
  readonly reader: ByteReader;
  close(): void;
}

/** An engine with real sockets and a clock that the test moves, in front of one server of WebSockets. */
export class TunnelBench {
  readonly clock = createManualClock();
  readonly exchanges: Exchange[] = [];
  private readonly telemetry = createTelemetry({ clock: this.clock, accessLog: undefined });
  private readonly engine = createEngine({
    clock: this.clock,
    random: createSystemRandom(),
    telemetry: { ...this.telemetry, requestEnded: exchange => void this.exchanges.push(exchange) },
    loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
    settings: defaultSettings,
  });
  private readonly server: Server = createServer({ noDelay: true }, socket => this.engine.accept(PORT.name, socket));

  async serve(upstreamPort: number): Promise<void> {
    const backend: Backend = {
      kind: 'backend',
      name: 'backend/ns/chat/1',
      label: 'ns/chat:1',
      protocol: 'http1',
      tls: undefined,
      proxyProtocol: undefined,
      balance: 'roundRobin',
      connectTimeoutMs: 1_000,
      endpoints: [{ address: '127.0.0.1', port: upstreamPort }],
    };
    await this.engine.apply({ version: 1, upserts: [PORT, RULE, backend], removes: [] }, []);
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Sends a handshake. */
  connect(protocol: 'HTTP/1.1' | 'HTTP/2'): Promise<TunnelClient> {
    const { port } = this.server.address() as AddressInfo;
    return protocol === 'HTTP/2' ? connectOverHttp2(port) : connectOverHttp1(port);
  }

  close(): void {
    this.server.close();
    this.engine.close();
  }
}

async function connectOverHttp1(port: number): Promise<TunnelClient> {
  const client = await connectRaw({ port });
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  await client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`);
  const status = client.readResponseHead().then(head => head.status);
  return { status, stream: client.socket, reader: client.reader, close: () => client.reset() };
}

async function connectOverHttp2(port: number): Promise<TunnelClient> {
  const session = connectHttp2({ port });
  await once(session, 'remoteSettings');
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':path': '/',
    ':authority': 'a',
    'sec-websocket-version': '13',
  });
  const status = once(stream, 'response').then(([headers]: { ':status': number }[]) => headers?.[':status'] ?? 0);
  return { status, stream, reader: new ByteReader(stream), close: () => session.destroy() };
}
