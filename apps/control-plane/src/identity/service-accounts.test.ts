// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { proveAccount } from './service-accounts.ts';
import type { BoundPod, TokenVerdict } from '@weir/kubernetes';

const POD: BoundPod = { namespace: 'shop', name: 'cart-1', uid: 'u1' };

const prove = (verdict: TokenVerdict, addresses: readonly string[] | undefined = ['10.0.0.1']): Promise<unknown> =>
  proveAccount(
    { tokens: { review: () => Promise.resolve(verdict) }, pods: { addressesOf: () => Promise.resolve(addresses) } },
    'token',
  );

it('gives a Pod its identity and its own addresses', async () => {
  const expected = { kind: 'proved', identity: 'shop/cart', addresses: ['10.0.0.1'] };
  expect(await prove({ kind: 'known', identity: 'shop/cart', pod: POD })).toEqual(expected);
});

it('gives no address for a token that is bound to no Pod', async () => {
  expect(await prove({ kind: 'known', identity: 'shop/cart', pod: undefined })).toMatchObject({ addresses: [] });
});

it('refuses what is refused, and a Pod that is gone', async () => {
  expect(await prove({ kind: 'refused', reason: 'why' })).toEqual({ kind: 'refused', reason: 'why' });
  const gone = await proveAccount(
    {
      tokens: { review: () => Promise.resolve({ kind: 'known', identity: 'shop/cart', pod: POD }) },
      pods: { addressesOf: () => Promise.resolve(undefined) },
    },
    'token',
  );
  expect(gone).toEqual({ kind: 'refused', reason: 'there is no Pod shop/cart-1 any more that the token is of' });
});
