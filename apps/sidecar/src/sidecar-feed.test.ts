// SPDX-License-Identifier: Apache-2.0
import type { Transaction, Workload } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import type { LocalPlaces } from './local-resources.ts';
import { SidecarFeed } from './sidecar-feed.ts';

function workloadAt(address: string, port = 8080): Workload {
  const service = { label: 'shop/cart:80', serverName: '80.cart.shop.weir', listener: 'inbound/shop/cart/80' };
  const ports = [{ port, protocol: 'http1', mode: 'strict', services: [service] }] as const;
  return { kind: 'workload', name: `workload/shop/cart/${address}`, identity: 'shop/cart', address, ports };
}

function start(local = (): LocalPlaces => ({ bindings: [], isCaptured: true })): {
  readonly feed: SidecarFeed;
  readonly pushed: Transaction[];
} {
  const pushed: Transaction[] = [];
  const feed = new SidecarFeed({
    local,
    keepsOldPorts: true,
    own: new Set(['workload/shop/cart/10.0.0.1']),
    push: transaction => {
      pushed.push(transaction);
      return Promise.resolve([
        { resource: 'rule/of/this', reason: 'new' },
        { resource: 'rule/of/before', reason: 'old' },
      ]);
    },
  });
  return { feed, pushed };
}

describe('what a sidecar gives its engine', () => {
  it('has the application as the backend of each Service that the workload serves', async () => {
    const { feed, pushed } = start();
    await feed.take({ upserts: [workloadAt('10.0.0.1')], removes: [] });
    expect(pushed[0]?.upserts.map(({ name }) => name)).toEqual(['workload/shop/cart/10.0.0.1', 'local/shop/cart/80']);
    await feed.take({ upserts: [], removes: ['workload/shop/cart/10.0.0.1'] });
    expect(pushed[1]?.removes).toEqual(['workload/shop/cart/10.0.0.1', 'local/shop/cart/80']);
  });

  it('has nothing of workloads that others stand beside, though they serve the same', async () => {
    const { feed, pushed } = start();
    await feed.take({ upserts: [workloadAt('10.0.0.2')], removes: [] });
    expect(pushed[0]?.upserts).toEqual([]);
    expect(feed.workloadAt('10.0.0.2')?.identity).toBe('shop/cart');
    await feed.take({ upserts: [], removes: ['workload/shop/cart/10.0.0.2'] });
    expect(feed.workloadAt('10.0.0.2')).toBeUndefined();
  });

  it('keeps the application as backend while a port moves, whoever hears of it first', async () => {
    const binding = (port: number) => ({
      listen: { address: '10.0.0.1', port },
      application: { address: '127.0.0.1', port: port + 1 },
    });
    const local = { bindings: [binding(8080)], isCaptured: false };
    const { feed, pushed } = start(() => local);
    await feed.take({ upserts: [workloadAt('10.0.0.1')], removes: [] });
    local.bindings = [binding(9090)];
    await feed.rebind();
    expect(pushed[1]?.removes).toEqual([]);
    expect(pushed[1]?.upserts[1]).toMatchObject({ name: 'local/shop/cart/80', endpoints: [{ port: 8081 }] });
    await feed.take({ upserts: [workloadAt('10.0.0.1', 9090)], removes: [] });
    expect(pushed[2]?.upserts[1]).toMatchObject({ name: 'local/shop/cart/80', endpoints: [{ port: 9091 }] });
    // Callers that have not heard of it yet are served at the old port too.
    expect(pushed[2]?.upserts[0]).toMatchObject({ ports: [{ port: 9090 }, { port: 8080 }] });
    await feed.forgetOldPorts();
    expect(pushed[3]?.upserts[0]).toMatchObject({ ports: [{ port: 9090 }] });
    expect(pushed[3]?.removes).toEqual([]);
  });

  it('serves what has moved back at no port twice', async () => {
    const { feed, pushed } = start();
    for (const port of [8080, 9090, 8080]) await feed.take({ upserts: [workloadAt('10.0.0.1', port)], removes: [] });
    expect(pushed[2]?.upserts[0]).toMatchObject({ ports: [{ port: 8080 }, { port: 9090 }] });
    await feed.forgetOldPorts();
    expect(pushed[3]?.upserts[0]).toMatchObject({ ports: [{ port: 8080 }] });
  });

  it('takes no refusal of an earlier transaction for one of this', async () => {
    const { feed } = start();
    const settings = { kind: 'meshSettings', name: 'rule/of/this' } as const;
    const resource = { ...settings, trustDomain: 'a', ranges: [], gateways: [], unknownDestinations: 'allow' } as const;
    expect(await feed.take({ upserts: [resource], removes: [] })).toEqual([{ resource: 'rule/of/this', reason: 'new' }]);
  });
});
