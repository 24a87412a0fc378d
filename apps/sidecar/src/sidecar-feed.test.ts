// SPDX-License-Identifier: Apache-2.0
import type { Transaction, Workload } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { SidecarFeed } from './sidecar-feed.ts';

function workloadAt(address: string): Workload {
  const service = { label: 'shop/cart:80', serverName: '80.cart.shop.weir', listener: 'inbound/shop/cart/80' };
  const ports = [{ port: 8080, protocol: 'http1', mode: 'strict', services: [service] }] as const;
  return { kind: 'workload', name: `workload/shop/cart/${address}`, identity: 'shop/cart', address, ports };
}

function start(): { readonly feed: SidecarFeed; readonly pushed: Transaction[] } {
  const pushed: Transaction[] = [];
  const feed = new SidecarFeed({
    local: () => ({ bindings: [], isCaptured: true }),
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

  it('takes no refusal of an earlier transaction for one of this', async () => {
    const { feed } = start();
    const settings = { kind: 'meshSettings', name: 'rule/of/this' } as const;
    const resource = { ...settings, trustDomain: 'a', ranges: [], gateways: [], unknownDestinations: 'allow' } as const;
    expect(await feed.take({ upserts: [resource], removes: [] })).toEqual([{ resource: 'rule/of/this', reason: 'new' }]);
  });
});
