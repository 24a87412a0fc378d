// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { PolicyChain } from '../policy/policy-chain.ts';
import { effectivePolicies } from './effective-policies.ts';
import type { ResolvedRule } from './resolved-route.ts';

function chain(...links: PolicyChain['links']): PolicyChain {
  return { key: links.map(({ policy }) => policy).join(','), links };
}

const EDGE = { scope: 'Gateway', policy: 'shop/edge' } as const;
const CART = { scope: 'Service', policy: 'shop/cart' } as const;

const RULE: ResolvedRule = {
  name: 'all',
  access: new Map([['one', chain(EDGE)]]),
  traffic: new Map([
    ['one', { limits: chain(EDGE), backends: [{ calls: chain(EDGE, CART), limits: chain(CART), target: undefined }] }],
  ]),
  mesh: new Map(),
  matches: [],
  refusal: undefined,
  filters: [],
  backends: [],
  requestTimeoutMs: undefined,
  attemptTimeoutMs: undefined,
  retry: undefined,
  sessionPersistence: undefined,
};

it('names policies of every kind that hold for a route by a listener, each once', () => {
  expect(effectivePolicies([RULE], ['one'])?.message).toBe(
    'AccessPolicy shop/edge on Gateway, TrafficPolicy shop/edge on Gateway, TrafficPolicy shop/cart on Service',
  );
  expect(effectivePolicies([RULE], ['other'])).toBeUndefined();
});
