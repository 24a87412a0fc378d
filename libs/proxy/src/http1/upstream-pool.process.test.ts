// SPDX-License-Identifier: Apache-2.0
import { createRecordingHandler, createTestExchange, startUpstream, waitFor } from '@weir/testing';
import type { Upstream } from '@weir/testing';
import type { Backend } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import type { PoolContext } from '../engine/endpoint-pool.ts';
import { PoolRegistry } from '../engine/pool-registry.ts';
import { defaultLimits } from '../engine/settings.ts';
import { EMPTY_BODY } from './downstream-body.ts';
import { WriteBatch } from './socket-writer.ts';

const NEEDS: Pick<Backend, 'connectTimeoutMs' | 'protocol'> = { connectTimeoutMs: 1000, protocol: 'http1' };

function createContext(): PoolContext {
  return {
    limits: { ...defaultLimits, maxUpstreamConnections: 2, upstreamResponseTimeoutMs: 1000 },
    batch: new WriteBatch(),
    coarseNowMs: 0,
    loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
    telemetry: { upstreamConnectionOpened: () => undefined, upstreamConnectionClosed: () => undefined },
  };
}

/** Reads requests and answers none. */
function startHung(): Promise<Upstream> {
  return startUpstream(async connection => {
    await connection.readRequest();
  });
}

it('refuses requests where an endpoint has as many connections in use as it may', async () => {
  await using upstream = await startHung();
  const registry = new PoolRegistry(createContext());
  const pool = registry.acquire({ address: '127.0.0.1', port: upstream.port }, NEEDS);
  pool.dispatch(createTestExchange(), createRecordingHandler());
  pool.dispatch(createTestExchange(), createRecordingHandler());
  await waitFor(() => upstream.requests.length === 2, { what: 'both requests upstream' });

  const third = createRecordingHandler();
  pool.dispatch(createTestExchange(), third);
  await Promise.resolve();

  expect(third.events).toEqual(['fault overloaded']);
  registry.close();
});

it('still ends requests to an endpoint that has left and does not answer', async () => {
  await using upstream = await startHung();
  const registry = new PoolRegistry(createContext());
  const endpoint = { address: '127.0.0.1', port: upstream.port };
  const handler = createRecordingHandler();
  registry.acquire(endpoint, NEEDS).dispatch(createTestExchange({ body: EMPTY_BODY }), handler);
  await waitFor(() => upstream.requests.length === 1, { what: 'the request upstream' });

  registry.release(endpoint, NEEDS);
  registry.sweep(1001);

  expect(handler.events).toEqual(['fault upstream_timeout']);
});

it('sends requests once more that met connections which were being closed, as often as its budget has', async () => {
  await using upstream = await startUpstream(async connection => {
    await connection.readRequest();
    await connection.send('HTTP/1.1 204 No Content\r\n\r\n');
    await connection.readRequest();
    connection.reset();
  });
  const registry = new PoolRegistry(createContext());
  const pool = registry.acquire({ address: '127.0.0.1', port: upstream.port }, NEEDS);
  const faults: string[] = [];
  let repeats = 0;
  let count = 0;
  while (faults.length === 0 && count < 100) {
    const [exchange, handler] = [createTestExchange({ body: EMPTY_BODY }), createRecordingHandler()];
    pool.dispatch(exchange, handler);
    await waitFor(() => handler.events.some(event => event !== 'head 204'), { what: 'the end of a request' });
    faults.push(...handler.events.filter(event => event.startsWith('fault')));
    repeats += exchange.repeats;
    count += 1;
  }
  expect(faults).toEqual(['fault upstream_reset']);
  expect(repeats).toBeGreaterThanOrEqual(10);
  expect(repeats).toBeLessThanOrEqual(10 + 0.2 * count);
  registry.close();
});
