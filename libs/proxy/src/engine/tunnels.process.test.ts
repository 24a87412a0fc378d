// SPDX-License-Identifier: Apache-2.0
import { BackendMemory, createPlaceBuffer, createRateBuffer, SharedPlaces } from '@weir/resilience';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import { createSystemRandom } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { Backend, Port, RouteRule, TrafficCalls } from '@weir/policy/snapshot';
import { createTelemetry } from '@weir/telemetry';
import { ByteReader, connectHttp2, connectRaw, createManualClock, startUpstream, waitFor } from '@weir/testing';
import type { Upstream, UpstreamConnection } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine } from './engine.ts';
import { defaultLimits, defaultSettings } from './settings.ts';

/** Masked by zeros, as a client has to; an answer has no mask. */
const PING = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);
const PONG = Buffer.from([0x8a, 0]);
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
/** More than what all buffers on the way hold. */
const FLOOD_BYTES = 64 * 1024 * 1024;
const { bodyTimeoutMs, tunnelIdleTimeoutMs, upstreamResponseTimeoutMs } = defaultLimits;
/** Times are exact to a sweep. */
const MARGIN_MS = 1_000;

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
  attachments: [{ listener: 'ns/edge/main', hostnames: ['*'], access: undefined, traffic: undefined }],
  matches: [{ path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] }],
  action: {
    refusal: undefined,
    filters: [],
    backends: [{ backend: 'backend/ns/chat/1', label: 'ns/chat:1', weight: 1, filters: [], access: undefined }],
    requestTimeoutMs: 0,
    attemptTimeoutMs: 0,
    retry: undefined,
    sessionPersistence: undefined,
  },
};

const CALLS: TrafficCalls = {
  kind: 'trafficCalls',
  name: 'traffic-calls/Route:ns/idle',
  requestTimeoutMs: undefined,
  attemptTimeoutMs: undefined,
  idleTimeoutMs: { value: 2 * tunnelIdleTimeoutMs, policy: 'ns/idle', scope: 'Route', isOverride: false },
  streamTimeoutMs: undefined,
  retryAttempts: undefined,
  retryKinds: undefined,
  retryStatusCodes: undefined,
  retryGrpcCodes: undefined,
  retriesAllMethods: undefined,
  retryBackoffMs: undefined,
  priority: undefined,
};
/** The same rule under a policy that lets both sides be silent for two hours. */
const PATIENT_RULE: RouteRule = {
  ...RULE,
  attachments: RULE.attachments.map(attachment => ({
    ...attachment,
    traffic: { limits: undefined, backends: [{ calls: CALLS.name, limits: undefined, backend: undefined }] },
  })),
};

/** The client's side of a WebSocket that is open, or of the handshake for one. */
interface TunnelClient {
  /** Of the answer to the handshake. */
  readonly status: Promise<number>;
  readonly stream: Duplex;
  /** Reads no more than it is asked for. */
  readonly reader: ByteReader;
  close(): void;
}

/** An engine with real sockets and a clock that the test moves, in front of one server of WebSockets. */
class TunnelBench {
  readonly clock = createManualClock();
  readonly exchanges: Exchange[] = [];
  private readonly telemetry = createTelemetry({ clock: this.clock, accessLog: undefined });
  private readonly engine = createEngine({
    reportOverload: () => undefined,
    places: new SharedPlaces(createPlaceBuffer({ keys: 16, columnCount: 1 }, createSystemRandom()), 0),
    rates: createRateBuffer({ tokenBuckets: 16, slidingWindows: 16 }, createSystemRandom()),
    backendMemory: new BackendMemory(new SharedArrayBuffer(0), { workerIndex: 0, workerCount: 1 }),
    clock: this.clock,
    random: createSystemRandom(),
    telemetry: { ...this.telemetry, requestEnded: exchange => void this.exchanges.push(exchange) },
    loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
    settings: defaultSettings,
  });
  private readonly server: Server = createServer({ noDelay: true }, socket => this.engine.accept(PORT.name, socket));

  async serve(upstreamPort: number, rule: RouteRule): Promise<void> {
    const backend: Backend = {
      kind: 'backend',
      name: 'backend/ns/chat/1',
      label: 'ns/chat:1',
      protocol: 'http1',
      tls: undefined,
      proxyProtocol: undefined,
      balance: 'roundRobin',
      connectTimeoutMs: 1_000,
      sessionPersistence: undefined,
      circuitBreaker: undefined,
      connectionLimits: undefined,
      sources: [],
      endpoints: [{ address: '127.0.0.1', port: upstreamPort }],
    };
    await this.engine.apply({ version: 1, upserts: [PORT, rule, CALLS, backend], removes: [] }, []);
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

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface OpenTunnel {
  readonly bench: TunnelBench;
  readonly client: TunnelClient;
  readonly upstream: Upstream;
  /** The server's side of it. */
  readonly server: UpstreamConnection;
}

/** A handshake that has reached the server, which answers it with `answer` and then does nothing of its own. */
async function open(protocol: 'HTTP/1.1' | 'HTTP/2', answer = SWITCH, rule = RULE): Promise<OpenTunnel> {
  const upstream = await startUpstream(async connection => {
    await connection.readRequestHead();
    await connection.send(answer);
    await connection.closed;
  });
  const bench = new TunnelBench();
  await bench.serve(upstream.port, rule);
  const client = await bench.connect(protocol);
  cleanups.push(
    () => upstream[Symbol.asyncDispose](),
    () => bench.close(),
    () => client.close(),
  );
  await waitFor(() => upstream.requests.length === 1, { what: 'the handshake to reach the server' });
  return { bench, client, upstream, server: upstream.connections[0]! };
}

/** Writes until nothing more is taken. */
async function flood(stream: Writable): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024);
  let takenBytes = 0;
  const write = (): void => {
    if (takenBytes < FLOOD_BYTES && !stream.destroyed) {
      stream.write(chunk, () => {
        takenBytes += chunk.length;
        write();
      });
    }
  };
  write();
  let last = -1;
  let sameCount = 0;
  await waitFor(
    () => {
      sameCount = takenBytes === last ? sameCount + 1 : 0;
      last = takenBytes;
      return takenBytes > 0 && sameCount === 20;
    },
    { what: 'the bytes to stand still' },
  );
  expect(takenBytes).toBeLessThan(FLOOD_BYTES);
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('a WebSocket over %s', protocol => {
  it('lives on while either side says something now and then, and ends after an hour of silence', async () => {
    const { bench, client, server } = await open(protocol);
    await client.status;
    for (let count = 1; count <= 3; count++) {
      client.stream.write(PING);
      await server.reader.readExactly(PING.length);
      bench.clock.advance(tunnelIdleTimeoutMs - MARGIN_MS);
    }
    for (let count = 1; count <= 3; count++) {
      await server.send(PONG);
      expect(await client.reader.readExactly(PONG.length)).toEqual(PONG);
      bench.clock.advance(tunnelIdleTimeoutMs - MARGIN_MS);
    }
    expect(server.socket.closed).toBe(false);

    bench.clock.advance(2 * MARGIN_MS);

    // Without a close frame: nobody listens who could want one.
    expect((await client.reader.readToEnd()).bytes).toHaveLength(0);
    expect((await server.reader.readToEnd()).bytes).toHaveLength(0);
    expect(bench.exchanges).toHaveLength(1);
  });

  it('may be silent for longer than an hour where a policy says so, and then hears of its end', async () => {
    const { bench, client, server } = await open(protocol, SWITCH, PATIENT_RULE);
    await client.status;
    bench.clock.advance(2 * tunnelIdleTimeoutMs - MARGIN_MS);
    expect([server.socket.closed, bench.exchanges.length]).toEqual([false, 0]);
    bench.clock.advance(2 * MARGIN_MS);
    expect([...(await client.reader.readToEnd()).bytes]).toEqual([0x88, 0x02, 0x03, 0xe9]);
    expect(bench.exchanges.map(({ fault }) => fault)).toEqual(['idle_timeout']);
  });

  it('ends where its server takes nothing for a minute', async () => {
    const { bench, client, server } = await open(protocol);
    await client.status;
    await flood(client.stream);

    bench.clock.advance(bodyTimeoutMs - MARGIN_MS);
    expect(bench.exchanges).toEqual([]);
    bench.clock.advance(2 * MARGIN_MS);

    expect(bench.exchanges.map(({ fault }) => fault)).toEqual(['upstream_timeout']);
    expect((await server.reader.readToEnd()).bytes.length).toBeLessThan(FLOOD_BYTES);
  });

  it('ends where its client takes nothing for a minute', async () => {
    const { bench, client, server } = await open(protocol);
    await client.status;
    await flood(server.socket);

    bench.clock.advance(bodyTimeoutMs - MARGIN_MS);
    expect(bench.exchanges).toEqual([]);
    bench.clock.advance(2 * MARGIN_MS);

    expect(bench.exchanges.map(({ fault }) => fault)).toEqual(['client_closed']);
    await server.closed;
  });

  it('that is not agreed to in time is answered 504, however long a body may stop', async () => {
    const { bench, client } = await open(protocol, '');
    bench.clock.advance(bodyTimeoutMs + MARGIN_MS);
    expect(bench.exchanges).toEqual([]);
    bench.clock.advance(upstreamResponseTimeoutMs);

    expect(await client.status).toBe(504);
  });
});
