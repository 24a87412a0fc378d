// SPDX-License-Identifier: Apache-2.0
import type { Workload } from '@weir/policy/snapshot';
import type { Need } from '@weir/sync/client';
import { describe, expect, it } from 'vitest';
import { askWhoIsAt, needService } from './need-from-control-plane.ts';
import type { Needs } from './need-from-control-plane.ts';

const CART: Workload = {
  kind: 'workload',
  name: 'workload/shop/cart/10.0.0.7',
  identity: 'shop/cart',
  address: '10.0.0.7',
  ports: [],
};

/** Answers alike whatever is asked, and notes it. */
function answering(need: Need): Needs & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    need: root => {
      asked.push(root);
      return Promise.resolve(need);
    },
  };
}

describe('what a call to a Service needs', () => {
  it('is asked of the control plane', async () => {
    const client = answering({ kind: 'present' });
    await needService(client, 'mesh/shop/cart');
    expect(client.asked).toEqual(['name:mesh/shop/cart']);
  });

  it('leaves it to the rules where there is no such Service any more', async () => {
    await needService(answering({ kind: 'missing', outcome: 'doesNotExist' }), 'mesh/shop/cart');
  });

  it('is unknown while the control plane is away: that is no "not found"', async () => {
    await expect(needService(answering({ kind: 'unavailable' }), 'mesh/shop/cart')).rejects.toMatchObject({
      code: 'mesh_unavailable',
      message: 'nothing called mesh/shop/cart from here before, and the control plane does not say how to',
    });
  });
});

describe('who is at an address', () => {
  const find = (address: string): Workload | undefined => (address === CART.address ? CART : undefined);

  it('is the workload that the control plane tells of, or nobody of the mesh', async () => {
    expect(await askWhoIsAt('10.0.0.7', answering({ kind: 'present' }), find)).toBe(CART);
    expect(await askWhoIsAt('10.0.0.8', answering({ kind: 'missing', outcome: 'doesNotExist' }), find)).toBe('outside');
  });

  it('is not guessed where nobody says', async () => {
    await expect(askWhoIsAt('10.0.0.7', answering({ kind: 'unavailable' }), find)).rejects.toThrow(
      'nobody says who is at 10.0.0.7',
    );
    await expect(askWhoIsAt('10.0.0.8', answering({ kind: 'present' }), find)).rejects.toThrow('nobody says who is at 10.0.0.8');
  });
});
