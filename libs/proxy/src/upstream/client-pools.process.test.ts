// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createRecordingHandler, createTestExchange, waitFor } from '@weir/testing';
import type { RecordingHandler } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { EndpointPool } from '../engine/endpoint-pool.ts';
import { EMPTY_BODY } from '../http1/downstream-body.ts';
import { UpstreamBench } from './upstream-bench.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const NEEDS = { protocol: 'http1', connectTimeoutMs: 1000, proxyProtocol: 'v1' } as const;
const IDLE_MS = 10_000;

interface Stage {
  readonly bench: UpstreamBench;
  readonly pool: EndpointPool;
  /** What came over each connection. */
  readonly connections: readonly { text: string; readonly socket: Socket }[];
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An endpoint that answers requests, but for those to /silent. */
async function createStage(maxUpstreamConnections = 100): Promise<Stage & { release(): void }> {
  const bench = new UpstreamBench({ maxUpstreamConnections });
  const connections: { text: string; socket: Socket }[] = [];
  const server: Server = createServer(socket => {
    const connection = { text: '', socket };
    connections.push(connection);
    socket.on('error', () => undefined);
    socket.on('data', chunk => {
      connection.text += chunk.toString('latin1');
      if (connection.text.endsWith('\r\n\r\n') && !connection.text.includes('/silent')) socket.write(ANSWER);
    });
  });
  const endpoint = await bench.listen(server);
  closing.push(() => bench.close());
  const release = (): void => bench.registry.release(endpoint, NEEDS);
  return { bench, pool: bench.registry.acquire(endpoint, NEEDS), connections, release };
}

function send({ pool }: Stage, remotePort: number, path = '/'): RecordingHandler {
  const handler = createRecordingHandler();
  const downstream = { remotePort, localAddress: '192.0.2.9' };
  pool.dispatch(createTestExchange({ request: { path }, body: EMPTY_BODY, downstream }), handler);
  return handler;
}

async function answered(stage: Stage, remotePort: number): Promise<void> {
  const handler = send(stage, remotePort);
  await waitFor(() => handler.events.at(-1) === 'end', { what: () => `an answer, not ${handler.events.join()}` });
}

describe('the connections to an endpoint that expects a PROXY header', () => {
  it('begin with it, once, and serve one client each', async () => {
    const stage = await createStage();
    for (const port of [1001, 1002, 1001, 1002]) await answered(stage, port);

    expect(stage.connections.map(({ text }) => text.split('\r\n').filter(line => /^(?:PROXY|GET)/v.test(line)))).toEqual([
      ['PROXY TCP4 192.0.2.1 192.0.2.9 1001 80', 'GET / HTTP/1.1', 'GET / HTTP/1.1'],
      ['PROXY TCP4 192.0.2.1 192.0.2.9 1002 80', 'GET / HTTP/1.1', 'GET / HTTP/1.1'],
    ]);
  });

  it('are closed soon after their last request, and nothing is kept of their client', async () => {
    const stage = await createStage();
    await answered(stage, 1001);
    stage.bench.sweep(IDLE_MS);
    expect(stage.bench.openCount).toBe(1);
    stage.bench.sweep(IDLE_MS + 1);

    expect([stage.bench.openCount, stage.bench.loadCount, stage.pool.isEmpty]).toEqual([0, 0, true]);
  });

  it('make room for another client when they are idle, the oldest first', async () => {
    const stage = await createStage(2);
    for (const port of [1001, 1002, 1003, 1002]) await answered(stage, port);

    expect(stage.bench.openCount).toBe(2);
    expect(stage.connections).toHaveLength(3);
  });

  it('are refused where as many are busy as there may be', async () => {
    const stage = await createStage(2);
    send(stage, 1001, '/silent');
    send(stage, 1002, '/silent');
    const third = send(stage, 1003);
    await waitFor(() => third.events.length > 0, { what: 'the refusal' });

    expect(third.events).toEqual(['fault overloaded']);
    expect(stage.bench.openCount).toBe(2);
  });

  it('end when their endpoint leaves, idle ones at once and busy ones with their requests', async () => {
    const stage = await createStage();
    await answered(stage, 1001);
    const busy = send(stage, 1002, '/silent');
    await waitFor(() => stage.connections[1]?.text.includes('/silent') === true, { what: 'the request' });
    stage.release();
    expect(stage.bench.openCount).toBe(1);
    stage.connections[1]?.socket.write(ANSWER);
    await waitFor(() => stage.bench.openCount === 0, { what: 'the end of the connection' });

    expect(busy.events).toEqual(['head 200', 'data ok', 'end']);
  });
});
