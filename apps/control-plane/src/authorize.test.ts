// SPDX-License-Identifier: Apache-2.0
import type { Root } from '@weir/sync/messages';
import { describe, expect, it } from 'vitest';
import { createAuthorize } from './authorize.ts';
import type { RightsBook } from './authorize.ts';

const RIGHTS: RightsBook = {
  mayRegister: (identity, address) => identity === 'shop/cart' && address === '10.0.0.7',
  proxiesOf: gateway => (gateway === 'gateway/shop/edge' ? 'shop/edge-weir' : undefined),
  hasOwnProxies: false,
};

const ALL: readonly Root[] = [
  ...(['index:meshService', 'index:meshSettings', 'name:mesh-settings', 'name:trust/@mesh'] as const),
  ...(['name:mesh/shop/stock', 'address:10.0.0.9'] as const),
];
const OWN: readonly Root[] = ['name:workload/shop/cart/10.0.0.7'];
const GATEWAYS: readonly Root[] = ['all:port'];
const GATEWAY: readonly Root[] = ['name:gateway/shop/edge'];
const NOBODY: readonly Root[] = [
  ...(['name:certificate/shop/edge', 'name:certificate/@mesh', 'all:certificate', 'index:certificate'] as const),
  ...(['name:workload/shop/cart/10.0.0.8', 'name:workload/shop/stock/10.0.0.9', 'index:workload', 'all:workload'] as const),
  ...(['name:port/0.0.0.0/80', 'name:access-policy/shop/staff', 'name:consumers/x', 'all:consumers', 'index:consumers'] as const),
  ...(['name:gateway/shop/other', 'all:gateway', 'index:gateway', 'name:port/shop/edge/0.0.0.0/80'] as const),
  ...(['name:trust/shop/edge/443', 'all:meshService', 'name:meshx', 'name:workload/shop/cart/'] as const),
];

describe('who may have what', () => {
  it.each([
    ['shop/cart', [...ALL, ...OWN], [...GATEWAYS, ...GATEWAY, ...NOBODY]],
    ['shop/edge-weir', [...ALL, ...GATEWAY], [...OWN, ...GATEWAYS, ...NOBODY]],
    ['shop/car', ALL, [...OWN, ...GATEWAYS, ...NOBODY]],
    ['shop/cart/10.0.0.7', ALL, [...OWN, ...GATEWAYS, ...NOBODY]],
    ['weir-system/gateway', [...ALL, ...GATEWAYS], [...OWN, ...GATEWAY, ...NOBODY]],
    ['weir-system/control-plane', ALL, [...OWN, ...GATEWAYS, ...NOBODY]],
  ])('%s', (identity, permitted, refused) => {
    const authorize = createAuthorize(RIGHTS);
    expect(permitted.filter(root => !authorize(identity, root))).toEqual([]);
    expect(refused.filter(root => authorize(identity, root))).toEqual([]);
  });

  it('in a cluster nobody has the ports of all Gateways: each has proxies of its own', () => {
    const authorize = createAuthorize({ ...RIGHTS, hasOwnProxies: true });
    expect(GATEWAYS.filter(root => authorize('weir-system/gateway', root))).toEqual([]);
    expect(authorize('shop/edge-weir', 'name:gateway/shop/edge')).toBe(true);
  });
});
