// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Backend, Split } from '@weir/policy/snapshot';
import { createTestExchange } from '@weir/testing';
import { expect, it } from 'vitest';
import { explainedSplit } from './explained-split.ts';

const SPLIT: Split = {
  ...{ rollout: 'shop/cart', step: '2', candidateShare: 1_050, mirrorShare: 0, assignment: undefined, fuse: undefined },
  ...{ stable: { revision: 'old', endpoints: [] }, candidate: { revision: 'new', endpoints: [] } },
  matches: [{ conditions: [{ by: 'header', name: 'x-beta', path: [], values: ['1'] }] }],
};

const backendWith = (parts: Partial<Split>): Backend => ({
  ...{ kind: 'backend', name: 'backend/shop/cart/80', label: 'shop/cart:80', protocol: 'http1', tls: undefined },
  ...{ proxyProtocol: undefined, balance: 'random', connectTimeoutMs: 1_000, endpoints: [], sources: [] },
  ...{ sessionPersistence: undefined, circuitBreaker: undefined, connectionLimits: undefined, split: { ...SPLIT, ...parts } },
});

it.each<[Partial<Split>, readonly (readonly [string, string])[], string]>([
  [{}, [], '10.5 % to new, 89.5 % to old; which of them is chance, request by request'],
  [{}, [['x-beta', '1']], '10.5 % to new, 89.5 % to old; this request to new by match 1'],
  [
    { candidateShare: 0, mirrorShare: 500 },
    [],
    '0 % to new, 100 % to old, and copies of 5 % of these to new; this request to old',
  ],
  [
    { candidateShare: 9_999, assignment: { by: 'header', name: 'x-user', path: [] } },
    [['x-user', 'ada']],
    '99.99 % to new, 0.01 % to old; this client to new by header x-user',
  ],
  [
    { candidateShare: 9_999, assignment: { by: 'claim', name: '', path: ['realm', 'user'] } },
    [],
    '99.99 % to new, 0.01 % to old; this client to new by claim realm.user',
  ],
])('says which revision a request goes to and why %#', (parts, fields, value) => {
  const exchange = createTestExchange({ request: { headers: HeaderList.of(...fields) } });
  expect(explainedSplit(backendWith(parts), exchange)).toEqual([{ field: 'split', value, from: 'Rollout shop/cart, step 2' }]);
});

it('says of connections how they are divided, and nothing where nothing is', () => {
  expect(explainedSplit(backendWith({}), undefined)[0]?.value).toBe('10.5 % to new, 89.5 % to old');
  expect(explainedSplit(undefined, undefined)).toEqual([]);
});
