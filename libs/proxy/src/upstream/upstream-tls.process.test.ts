// SPDX-License-Identifier: Apache-2.0
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import type { Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions, TLSSocket } from 'node:tls';
import type { Backend, BackendTls, Endpoint, ResourceName, TrustBundle } from '@weir/policy/snapshot';
import { createRecordingHandler, createTestAuthority, createTestExchange, TestBody, waitFor } from '@weir/testing';
import type { RecordingHandler, TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EndpointPool } from '../engine/endpoint-pool.ts';
import { EMPTY_BODY } from '../http1/downstream-body.ts';
import { BackendSessions } from '../tls/backend-sessions.ts';
import { SESSION_LIFETIME_MS } from './session-cache.ts';
import { UpstreamBench } from './upstream-bench.ts';
import { connectDeadline } from './connect-deadline.ts';

const TLS: BackendTls = { serverName: 'a.test', subjectAltNames: [], usesSystemAuthorities: false, trustBundle: 'trust/ns/a' };
const CONNECT_TIMEOUT_MS = 1000;
/** First byte of a handshake (RFC 8446 §5.1). */
const HANDSHAKE = 0x16;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let authority: TestAuthority;
let pair: TlsOptions = {};
let sessions: BackendSessions;
let bench: UpstreamBench;

beforeAll(async () => {
  authority = await createTestAuthority();
  const { certificatePem, keyPem } = await authority.issue('a.test');
  pair = { cert: certificatePem, key: keyPem };
  const bundle: TrustBundle = { kind: 'trustBundle', name: 'trust/ns/a', authoritiesPem: authority.certificatePem };
  const trustBundles = new Map<ResourceName, TrustBundle>([[bundle.name, bundle]]);
  sessions = new BackendSessions({ trustBundles, certificateOf: () => undefined });
});

beforeEach(() => {
  bench = new UpstreamBench();
});

afterEach(() => {
  bench.close();
});

async function poolTo(
  server: Http2SecureServer | Server,
  protocol: Backend['protocol'],
  tls: BackendTls = TLS,
): Promise<EndpointPool> {
  return poolAt(await bench.listen(server), protocol, tls);
}

function poolAt(endpoint: Endpoint, protocol: Backend['protocol'], tls: BackendTls): EndpointPool {
  const session = sessions.sessionFor(tls, undefined);
  return bench.registry.acquire(endpoint, { protocol, connectTimeoutMs: CONNECT_TIMEOUT_MS, session });
}

interface Call extends RecordingHandler {
  detail: string;
}

function send(pool: EndpointPool, exchange = createTestExchange({ body: EMPTY_BODY })): Call {
  const recording = createRecordingHandler();
  const { onFault } = recording;
  const call: Call = Object.assign(recording, {
    detail: '',
    onFault: (fault: Parameters<typeof onFault>[0]) => {
      call.detail = [fault.message, fault.cause instanceof Error ? fault.cause.message : ''].join(': ');
      onFault(fault);
    },
  });
  pool.dispatch(exchange, call);
  return call;
}

async function ended(call: Call): Promise<Call> {
  await waitFor(() => /^(?:end|fault)/v.test(call.events.at(-1) ?? ''), { what: 'the call to end' });
  return call;
}

function http1Server(options: TlsOptions = {}): Server {
  return createTlsServer({ ...pair, ...options }, socket => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(ANSWER));
  });
}

describe('HTTP/2 over TLS', () => {
  it('says https, and keeps to one connection', async () => {
    const schemes: unknown[] = [];
    let sessionCount = 0;
    const server = createSecureServer({ cert: pair.cert, key: pair.key });
    server.on('session', () => (sessionCount += 1));
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      schemes.push(headers[':scheme']);
      stream.respond({ ':status': 200 }, { endStream: true });
    });
    const pool = await poolTo(server, 'http2');
    await Promise.all([send(pool), send(pool), send(pool)].map(ended));

    expect(schemes).toEqual(['https', 'https', 'https']);
    expect(sessionCount).toBe(1);
  });

  it.each([
    ['offers none', {}, 'did not agree to HTTP/2'],
    ['wants another protocol', { ALPNProtocols: ['http/1.1'] }, 'no application protocol'],
  ])('is not begun with a server that %s', async (_, options, words) => {
    let bytes = 0;
    const server = createTlsServer({ ...pair, ...options }, socket => {
      socket.on('error', () => undefined);
      socket.on('data', chunk => void (bytes += chunk.length));
    });
    server.on('tlsClientError', () => undefined);
    const call = await ended(send(await poolTo(server, 'http2')));

    expect(call.events).toEqual(['fault upstream_tls_failed']);
    expect(call.detail.replaceAll('_', ' ')).toContain(words);
    expect(bytes).toBe(0);
  });
});

describe.each(['http1', 'http2'] as const)('a handshake for %s', protocol => {
  it('that does not come to an end is given up, and a request never was in plaintext', async () => {
    const seen: Buffer[] = [];
    const server = createTcpServer(socket => socket.on('data', (chunk: Buffer) => seen.push(chunk)).on('error', () => undefined));
    const call = send(await poolTo(server, protocol));
    await waitFor(() => seen.length > 0, { what: 'the handshake' });
    bench.sweep(connectDeadline(0, CONNECT_TIMEOUT_MS));
    expect(call.events).toEqual([]);
    bench.sweep(connectDeadline(0, CONNECT_TIMEOUT_MS) + 1);

    expect(call.events).toEqual(['fault upstream_connect_timeout']);
    expect(seen[0]?.at(0)).toBe(HANDSHAKE);
    expect(Buffer.concat(seen).includes('shop.example')).toBe(false);
    expect([bench.openCount, bench.loadCount]).toEqual([0, 0]);
  });

  it.each([
    ['ends it', 'end'],
    ['resets it', 'resetAndDestroy'],
  ] as const)('with a server that %s is a fault of TLS', async (_, action) => {
    const server = createTcpServer(socket => socket.on('error', () => undefined).once('data', () => socket[action]()));
    const call = await ended(send(await poolTo(server, protocol)));

    expect(call.events).toEqual(['fault upstream_tls_failed']);
    expect(bench.openCount).toBe(0);
  });

  it('where nobody listens is a fault of connecting', async () => {
    const session = sessions.sessionFor(TLS, undefined);
    const nobody = { address: '127.0.0.1', port: 1 };
    const call = await ended(send(bench.registry.acquire(nobody, { protocol, connectTimeoutMs: CONNECT_TIMEOUT_MS, session })));

    expect(call.events).toEqual(['fault upstream_connect_failed']);
  });

  it('with a certificate for somebody else ends before anything of HTTP is sent', async () => {
    let bytes = 0;
    const server = createTlsServer({ ...pair, ALPNProtocols: ['h2', 'http/1.1'] }, socket => {
      socket.on('error', () => undefined);
      socket.on('data', chunk => void (bytes += chunk.length));
    });
    server.on('tlsClientError', () => undefined);
    const call = await ended(send(await poolTo(server, protocol, { ...TLS, serverName: 'b.test' })));

    expect(call.events).toEqual(['fault upstream_tls_failed']);
    expect(call.detail).toContain("the backend's certificate is for dns a.test, wanted dns b.test");
    expect(bytes).toBe(0);
  });
});

describe('HTTP/1.1 over TLS', () => {
  it('keeps its connection for the next request', async () => {
    let connectionCount = 0;
    const server = http1Server();
    server.on('secureConnection', () => (connectionCount += 1));
    const pool = await poolTo(server, 'http1');
    for (let i = 0; i < 3; i++) expect((await ended(send(pool))).events).toEqual(['head 200', 'data ok', 'end']);

    expect(connectionCount).toBe(1);
  });

  it('sends a request again whose connection its server had just closed', async () => {
    const server = createTlsServer(pair, socket => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(ANSWER);
        // The second request finds the end on its way.
        socket.once('data', () => socket.destroy());
      });
    });
    const pool = await poolTo(server, 'http1');
    await ended(send(pool));

    expect((await ended(send(pool))).events).toEqual(['head 200', 'data ok', 'end']);
  });

  it('holds an upload back that is not taken, and loses nothing of it', async () => {
    const MIB = 1024 * 1024;
    const SIZE = 32 * MIB;
    let reader: TLSSocket | undefined;
    let seen = 0;
    let headBytes: number | undefined;
    const server = createTlsServer(pair, socket => {
      socket.on('error', () => undefined);
      socket.on('data', chunk => {
        if (headBytes === undefined) {
          headBytes = chunk.indexOf('\r\n\r\n') + '\r\n\r\n'.length;
          socket.pause();
        }
        seen += chunk.length;
        if (seen === headBytes + SIZE) socket.write(ANSWER);
      });
      reader = socket;
    });
    const body = new TestBody(SIZE);
    const call = send(await poolTo(server, 'http1'), createTestExchange({ request: { method: 'POST' }, body }));
    for (let sent = 0; sent < SIZE; sent += MIB) body.data('x'.repeat(MIB));
    body.end();
    await waitFor(() => reader?.isPaused() === true && body.isPaused, { what: 'the upload to be held back' });
    reader?.resume();

    expect((await ended(call)).events).toEqual(['head 200', 'data ok', 'end']);
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s', version => {
  /** Closes each connection after its answer. `resumed`: of each connection, whether its handshake was a short one. */
  async function start(): Promise<{ readonly endpoint: Endpoint; readonly resumed: boolean[] }> {
    const resumed: boolean[] = [];
    const server = createTlsServer({ ...pair, maxVersion: version }, socket => {
      resumed.push(socket.isSessionReused());
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end(ANSWER.replace('\r\n', '\r\nConnection: close\r\n')));
    });
    server.on('tlsClientError', () => undefined);
    return { endpoint: await bench.listen(server), resumed };
  }

  async function ask(pool: EndpointPool): Promise<readonly string[]> {
    const { events } = await ended(send(pool));
    await waitFor(() => bench.openCount === 0, { what: 'the connection to end' });
    return events;
  }

  it('is resumed by the next connection, and for a bounded time only', async () => {
    const { endpoint, resumed } = await start();
    const pool = poolAt(endpoint, 'http1', TLS);
    for (let i = 0; i < 3; i++) expect(await ask(pool)).toEqual(['head 200', 'data ok', 'end']);
    bench.sweep(SESSION_LIFETIME_MS);
    await ask(pool);

    expect(resumed).toEqual([false, true, true, false]);
  });

  it.each([
    ['other names', { ...TLS, subjectAltNames: [{ kind: 'dns', value: 'a.test' }] }],
    ['other authorities', { ...TLS, usesSystemAuthorities: true }],
  ] satisfies [string, BackendTls][])('is not resumed where %s are trusted', async (_, tls) => {
    const { endpoint, resumed } = await start();
    await ask(poolAt(endpoint, 'http1', TLS));
    await ask(poolAt(endpoint, 'http1', tls));

    expect(resumed).toEqual([false, false]);
  });

  it('lets nobody past the look at the name', async () => {
    const { endpoint } = await start();
    const wrong = poolAt(endpoint, 'http1', { ...TLS, serverName: 'b.test' });
    await ask(poolAt(endpoint, 'http1', TLS));

    for (let i = 0; i < 3; i++) expect(await ask(wrong)).toEqual(['fault upstream_tls_failed']);
  });
});
