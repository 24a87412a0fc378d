// SPDX-License-Identifier: Apache-2.0
import { createTestAuthority, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClient } from '../stage/cluster-client.ts';
import type { ClusterClient, TrialAnswer } from '../stage/cluster-client.ts';
import { startClusterLoad } from '../stage/cluster-load.ts';
import { tlsSecret } from '../stage/edge-documents.ts';
import { INJECTED } from '../stage/mesh-documents.ts';
import { PacketCapture, skipWithoutCapture } from '../stage/packet-capture.ts';
import { kubectl } from '../stage/run-program.ts';
import { openNamespace } from '../stage/test-namespace.ts';
import type { TestNamespace } from '../stage/test-namespace.ts';
import { ensureWeir } from '../stage/weir-release.ts';
import { listOf } from '../stage/manifest.ts';
import { FollowedRollout } from '../rollouts/stage/followed-rollout.ts';
import { CATALOGUE_NAMESPACE, SERVICES, SHOP_NAMESPACE, shopDocuments, shopPrograms, shopWorkloads } from './shop-documents.ts';

// examples/shop in a cluster, by its own documents: HTTP, gRPC and TCP between eight services that know nothing of a mesh.

const EDGE = 'edge';
/** Who says something to whom while somebody orders. */
const TALKS = [
  [EDGE, 'storefront'],
  ['storefront', 'catalogue-v1'],
  ['storefront', 'reviews'],
  ['storefront', 'stock'],
  ['storefront', 'orders'],
  ['orders', 'ledger'],
  ['orders', 'stock'],
  // What is sold is told over a stream that was there before.
  ['stock', 'notifications'],
] as const;
const SPEAK_HTTP = ['storefront', 'orders', 'reviews', 'notifications', 'catalogue-v1', 'catalogue-v2'];
/** What HTTP/1.1, HTTP/2, gRPC and the ledger's protocol would show, and what they are about. */
const PLAINTEXT = ['HTTP/1.1', 'PRI * HTTP/2.0', 'shop.stock.v1', '$4\r\nINCR', 'River kayak', '"product"', 'lantern'];

let shop: TestNamespace;
let catalogue: TestNamespace;
let street: TestNamespace;
/** Without a sidecar. */
let visitor: ClusterClient;
let edge: string;

beforeAll(async () => {
  await ensureWeir();
  const programs = await shopPrograms();
  [shop, catalogue, street] = await Promise.all([
    openNamespace(SHOP_NAMESPACE, INJECTED, programs),
    openNamespace(CATALOGUE_NAMESPACE, INJECTED, programs),
    openNamespace('e2e-street'),
  ]);
  const { metadata, ...secret } = tlsSecret(await (await createTestAuthority()).issue('localhost'));
  await shop.apply({ ...secret, metadata: { ...metadata, name: 'edge-certificate' } });
  await kubectl(['apply', '--filename', '-'], listOf([...(await shopDocuments()), ...shopWorkloads()]));
  visitor = await startClient(street);
  const isAvailable = ['wait', 'deployments', '--all', '--for=condition=Available', '--timeout=90s'];
  await Promise.all([shop, catalogue].map(namespace => namespace.kubectl(isAvailable)));
  edge = await shop.waitForField('gateway/edge', '{.status.addresses[0].value}');
  await visit('/', { timeoutMs: 60_000 });
});

afterAll(async () => {
  await Promise.all([shop, catalogue, street].map(namespace => namespace[Symbol.asyncDispose]()));
});

function visit(path: string, more: { readonly timeoutMs?: number; readonly method?: string } = {}): Promise<TrialAnswer> {
  return visitor.ask({ url: `http://${edge}:8080${path}`, status: 200, ...more });
}

/** Looks at a product and orders another one, which leads through every service. */
async function goShopping(): Promise<void> {
  await visit('/products/kayak');
  await visitor.ask({ url: `http://${edge}:8080/order`, method: 'POST', body: 'product=lantern', status: 201 });
}

describe('the shop in a cluster', () => {
  it('shows pages that several services have a part in', async () => {
    expect((await visit('/')).body).toContain('River kayak');
    const { body } = await visit('/products/kayak');
    expect(body).toMatch(/served by catalogue v[12]/v);
    expect(body).toContain('Would do it again on purpose.');
    expect(body).toMatch(/\d+ left/v);
  });

  it('sells, with a number of the ledger and an item of the stock', async () => {
    await goShopping();
    const orders = JSON.parse((await visit('/api/orders')).body) as { readonly orders: readonly object[] };
    expect(orders.orders[0]).toMatchObject({ product: 'lantern', id: expect.any(Number) });
  });

  it('lets nobody call a service from outside of the mesh', async () => {
    const refusals = SPEAK_HTTP.map(async name => {
      const url = `http://${name}.${SERVICES[name]!.namespace}/`;
      return visitor.ask({ url, timeoutMs: 0 }).then(() => 'an answer', String);
    });
    for (const refusal of await Promise.all(refusals)) expect(refusal).toMatch(/ECONNRESET|socket hang up/v);
  });

  it('has mutual TLS between all of its pods (where packets can be captured)', async ({ skip }) => {
    skipWithoutCapture(skip);
    const addresses = await podAddresses();
    const of = (way: string): string => `(${[...addresses.values()].map(address => `${way} host ${address}`).join(' or ')})`;
    await using capture = await PacketCapture.begin(`tcp and ${of('src')} and ${of('dst')}`);
    const wanted = TALKS.map(([from, to]) => `${addresses.get(from)!} > ${addresses.get(to)!}`);
    // Pages come from either version of the catalogue.
    await waitFor(
      async () => {
        await goShopping();
        return wanted.every(talk => capture.talks.has(talk));
      },
      { what: () => `${wanted.filter(talk => !capture.talks.has(talk)).join(', ')} to be seen`, timeoutMs: 30_000 },
    );
    expect(PLAINTEXT.filter(text => capture.bytes.includes(text))).toEqual([]);
  });

  it('brings the other version of its catalogue to all requests by its Rollout of two Services', async () => {
    await using load = await startClusterLoad(street, { url: `http://${edge}:8080/products/kayak`, concurrency: 2, pauseMs: 20 });
    await using rollout = new FollowedRollout(catalogue, 'catalogue');
    await rollout.comes('to wait', ({ stable, waitingFor }) => stable === 'catalogue-v1' || waitingFor === 'Pause');
    await catalogue.kubectl(['patch', 'rollout.weir.dev/catalogue', '--type=merge', '--patch', '{"spec":{"paused":false}}']);
    await rollout.comes('v2 to be stable', ({ stable, phase: now }) => stable === 'catalogue-v2' && now === 'Stable');
    expect((await visit('/products/kayak')).body).toContain('served by catalogue v2');
    const { failed, examples } = await load.stop();
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  }, 120_000);
});

/** Of each service's pod by its name, and of the gateway's. */
async function podAddresses(): Promise<ReadonlyMap<string, string>> {
  const path = 'jsonpath={range .items[*]}{.metadata.labels.app} {.status.podIP}\n{end}';
  const texts = await Promise.all([shop, catalogue].map(namespace => namespace.kubectl(['get', 'pods', '--output', path])));
  const lines = texts.join('').split('\n').filter(Boolean);
  return new Map(
    lines.map(line => {
      const [app = '', address = ''] = line.split(' ');
      return [app === '' ? EDGE : app, address];
    }),
  );
}
