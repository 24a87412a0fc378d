// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering, request, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../stage/documents.ts';
import { EDGE_PARENT, meshPolicy, meshRoute, meshTarget } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

// How long the first of a chain waits is how long each behind it does, where the applications pass it on.

const TIMEOUT = 'weir-timeout-ms';

let stage: MeshStage;
const closing = new AsyncDisposableStack();
/** Where `front` calls `orders`; known when the sidecars are there. */
let onward = 0;
/** What `front` was told, by path. */
const told = new Map<string, string | undefined>();

/** Calls on for each request, and says how long it is waited for unless the path says not to. */
async function startFront(): Promise<number> {
  const server = createServer((incoming, response) => {
    const { url: path = '/', headers } = incoming;
    const timeout = headers[TIMEOUT];
    told.set(path, typeof timeout === 'string' ? timeout : undefined);
    const forwarded = typeof timeout === 'string' && !path.includes('swallow') ? { [TIMEOUT]: timeout } : {};
    void request({ port: onward }, path, { headers: { ...forwarded, Connection: 'close' } }).then(
      answer => response.writeHead(answer.status).end(answer.text),
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  stage = closing.use(
    await openMeshStage({
      apps: {
        cart: { calls: ['orders', 'silent'] },
        front: { answers: await startFront(), calls: ['orders'] },
        orders: {},
        silent: { answers: answering(() => undefined) },
      },
      documents: [
        meshRoute('front', { parents: [EDGE_PARENT], rules: [forward('/', 'front')] }),
        meshPolicy('TrafficPolicy', 'front', { targetRefs: [meshTarget.route('front')], timeouts: { request: '5s' } }),
      ],
    }),
  );
  onward = stage.at('front', 'orders').port;
});

afterAll(async () => {
  await closing.disposeAsync();
});

function toldTo(app: string, target: string): number | undefined {
  const seen = stage.upstream(app).requests.find(one => one.target === target)?.fields;
  const field = seen?.find(([name]) => name.toLowerCase() === TIMEOUT);
  return field === undefined ? undefined : Number(field[1]);
}

describe('what a caller says of how long it waits', () => {
  it('reaches the last of a chain, and gets less on the way', async () => {
    expect((await stage.sendToEdge('/chain')).status).toBe(200);
    const first = Number(told.get('/chain'));
    const last = toldTo('orders', '/chain');
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(5000);
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThanOrEqual(first);
  });

  it('ends where an application does not pass it on', async () => {
    expect((await stage.sendToEdge('/swallow')).status).toBe(200);
    expect(Number(told.get('/swallow'))).toBeLessThanOrEqual(5000);
    expect(toldTo('orders', '/swallow')).toBeUndefined();
  });

  it('is kept of an application by its own sidecar, and by that of who is called', async () => {
    const answer = await stage.send(['cart', 'silent'], '/short', { headers: { [TIMEOUT]: '150' } });
    expect(answer.status).toBe(504);
    expect(await stage.logged({ path: '/short', listener: 'mesh/shop/silent/80' })).toMatchObject({ fault: 'request_deadline' });
    expect(toldTo('silent', '/short')).toBeLessThanOrEqual(151);
    await waitFor(() => stage.weir.accessLog.some(line => line['listener'] === 'inbound/shop/silent/80'), {
      what: 'the other end',
    });
  });

  it('is nothing of a client of the Gateway, nor of who comes past the mesh', async () => {
    const headers = { [TIMEOUT]: '1' };
    expect((await stage.sendToEdge('/client', { headers })).status).toBe(200);
    expect(Number(told.get('/client'))).toBeGreaterThan(1);
    const { address: host, port } = stage.placeOf('orders');
    expect((await request({ host, port }, '/stranger', { headers })).status).toBe(200);
    expect(toldTo('orders', '/stranger')).toBeUndefined();
  });
});
