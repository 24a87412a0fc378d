// SPDX-License-Identifier: Apache-2.0
import { createServer as createHttp2Server } from 'node:http2';
import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { findFreePorts, request, startWeir, waitFor } from '@weir/testing';
import type { Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, gateway, route } from './stage/documents.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const WORKERS = 2;
const MAX = 3;
/** Each worker may have a connection whatever the others have. */
const MAX_WITH_WORKERS = MAX + WORKERS - 1;

/** A server that answers when it is told to, and knows how many it had at a time. */
class Gauge {
  now = 0;
  most = 0;
  total = 0;
  private readonly waiting: (() => void)[] = [];
  private isHolding = false;

  enter(): void {
    this.now += 1;
    this.total += 1;
    this.most = Math.max(this.most, this.now);
  }

  leave(): void {
    this.now -= 1;
  }

  hold(): void {
    this.isHolding = true;
  }

  /** Answers who waits, and all that come from now on. */
  release(): void {
    this.isHolding = false;
    for (const answer of this.waiting.splice(0)) answer();
  }

  answer(act: () => void): void {
    if (this.isHolding) this.waiting.push(act);
    else setImmediate(act);
  }
}

const servers: (Http2Server | Server)[] = [];
const [parallel, connections, http2, tcp] = [new Gauge(), new Gauge(), new Gauge(), new Gauge()];
let streamCount = 0;
let weir: Weir;
let [httpPort, tcpPort] = [0, 0];

async function listen(server: Http2Server | Server): Promise<number> {
  servers.push(server);
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function countConnections(server: Http2Server | Server, gauge: Gauge): void {
  server.on('connection', (socket: Socket) => {
    gauge.enter();
    socket.once('close', () => gauge.leave());
  });
}

beforeAll(async () => {
  const parallelServer = createServer((_request, response) => {
    parallel.enter();
    parallel.answer(() => {
      parallel.leave();
      response.end('done');
    });
  });
  const connectionServer = createServer((_request, response) => connections.answer(() => void response.end('done')));
  countConnections(connectionServer, connections);
  const http2Server = createHttp2Server();
  countConnections(http2Server, http2);
  http2Server.on('stream', (stream: ServerHttp2Stream) => {
    streamCount += 1;
    http2.answer(() => answerHttp2(stream));
  });
  const tcpServer = createTcpServer(socket => socket.on('error', () => undefined).pipe(socket));
  countConnections(tcpServer, tcp);
  const ports = await Promise.all([parallelServer, connectionServer, http2Server, tcpServer].map(listen));
  const [parallelPort = 0, connectionPort = 0, http2Port = 0, echoPort = 0] = ports;
  [httpPort = 0, tcpPort = 0] = await findFreePorts(2);
  const limit = (name: string, connectionLimits: object) =>
    trafficPolicy(name, { target: name, kind: 'Service' }, { connectionLimits });
  weir = await startWeir(
    [
      gateway('edge', [
        { name: 'http', protocol: 'HTTP', port: httpPort },
        { name: 'tcp', protocol: 'TCP', port: tcpPort },
      ]),
      ...portService('parallel', [{ port: parallelPort }]),
      ...portService('connections', [{ port: connectionPort }]),
      ...portService('crowded', [{ port: connectionPort }]),
      ...portService('http2', [{ port: http2Port }], { appProtocol: 'kubernetes.io/h2c' }),
      ...portService('tcp', [{ port: echoPort }]),
      limit('parallel', { maxParallelRequests: MAX }),
      limit('connections', { maxConnections: MAX }),
      limit('crowded', { maxConnections: 1, maxPendingRequests: 2 }),
      limit('http2', { maxConnections: 1 }),
      limit('tcp', { maxConnections: MAX }),
      route(
        'limited',
        ['parallel', 'connections', 'crowded', 'http2'].map(name => forward(`/${name}`, name)),
      ),
      streamRoute('TCPRoute', 'tcp', { listener: 'tcp', backends: [backend('tcp')] }),
    ],
    { flags: ['--workers', String(WORKERS)] },
  );
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  for (const server of servers) server.close();
});

function answerHttp2(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200 });
  stream.end('done');
}

/** Many at a time, each on a connection of its own. What each was answered: its status, or the code of a refusal. */
function sendMany(path: string, count: number): Promise<readonly (number | string)[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const response = await request({ port: httpPort }, path, { headers: { Connection: 'close' } });
      return response.status === 200 ? 200 : String((response.json() as { readonly code?: string }).code);
    }),
  );
}

function countOf(answers: readonly (number | string)[], answer: number | string): number {
  return answers.filter(one => one === answer).length;
}

async function refusedCount(backendName: string, reason: string): Promise<number> {
  const labels = `backend="default/${backendName}:80",reason="${reason}"`;
  const line = new RegExp(`^weir_backend_requests_refused_total\\{${labels}\\} (?<count>\\d+)$`, 'mv');
  return Number(line.exec(await weir.metrics())?.groups?.['count'] ?? 0);
}

describe('limits of a backend', () => {
  it('maxParallelRequests refuses who comes beyond, over all workers', async () => {
    parallel.hold();
    const answers = sendMany('/parallel', 20);
    await waitFor(async () => (await refusedCount('parallel', 'parallel_requests')) === 20 - MAX, { what: 'the refusals' });
    expect(parallel.most).toBe(MAX);
    parallel.release();
    expect(countOf(await answers, 200)).toBe(MAX);
    expect(countOf(await answers, 'backend_busy')).toBe(20 - MAX);
    // All places were given back.
    for (let i = 0; i < 2 * MAX; i++) expect(await sendMany('/parallel', 1)).toEqual([200]);
  });

  it('maxConnections lets requests wait for a connection', async () => {
    const answers = await sendMany('/connections', 100);
    expect(countOf(answers, 200)).toBe(100);
    expect(connections.most).toBeLessThanOrEqual(MAX_WITH_WORKERS);
  });

  it('maxPendingRequests refuses those for whom there is no place to wait', async () => {
    connections.hold();
    const answers = sendMany('/crowded', 20);
    const expected = 20 - WORKERS - 2;
    await waitFor(async () => (await refusedCount('crowded', 'pending_requests')) >= expected, { what: 'the refusals' });
    connections.release();
    expect(countOf(await answers, 'backend_busy')).toBeLessThanOrEqual(20 - 1 - 2);
    expect(countOf(await answers, 'backend_busy') + countOf(await answers, 200)).toBe(20);
    expect(await sendMany('/crowded', 1)).toEqual([200]);
  });

  it('count connections of HTTP/2, and let requests wait that none of them has room for', async () => {
    http2.hold();
    // A hundred on each connection, and of these there can be one for each worker.
    const answers = sendMany('/http2', 250);
    await waitFor(() => streamCount >= 100, { what: 'the first connection to be full' });
    http2.release();
    expect(countOf(await answers, 200)).toBe(250);
    expect(http2.most).toBeLessThanOrEqual(WORKERS);
  });

  it('refuse connections of TCP beyond them, and take others when those end', async () => {
    const open = (): Promise<Socket | undefined> =>
      new Promise(resolve => {
        const socket = connect(tcpPort, '127.0.0.1', () => void socket.write('x'));
        socket.once('data', () => resolve(socket));
        socket.once('error', () => resolve(undefined));
        socket.once('close', () => resolve(undefined));
      });
    const sockets = await Promise.all(Array.from({ length: 12 }, open));
    const served = sockets.filter(socket => socket !== undefined);
    expect(served.length).toBeGreaterThanOrEqual(MAX);
    expect(served.length).toBeLessThanOrEqual(MAX_WITH_WORKERS);
    for (const socket of served) socket.destroy();
    await waitFor(
      async () => {
        const socket = await open();
        socket?.destroy();
        return socket !== undefined;
      },
      { what: 'another connection' },
    );
  });
});
