// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { GOLD_KEY, exchangeOf, filterOf, keys, policyOf, storeOf, withKey } from './access-lab.ts';

describe('the chains of a way and of its backend', () => {
  const twice = storeOf([policyOf('shop/keys', { authentication: keys() })]);
  const filter = filterOf(twice, { chains: ['access/all', 'access/all'] });

  it('may ask for the same key, which goes no further than that', () => {
    const exchange = exchangeOf(withKey(GOLD_KEY));
    expect(filter.onRequest?.(exchange)).toEqual({ kind: 'continue' });
    expect(exchange.request.headers.has('x-api-key')).toBe(false);
  });

  it('refuse where one of them is not known', () => {
    const half = filterOf(twice, { chains: ['access/all', 'access/none'] });
    expect(() => half.onRequest?.(exchangeOf(withKey(GOLD_KEY)))).toThrow('access/none is not known');
  });
});

describe('a mirror', () => {
  const mirrors = [
    { backend: 'backend/shop/copy/80', chain: 'access/all' },
    { backend: 'backend/shop/none/80', chain: 'access/none' },
  ] as const;
  const filter = filterOf(storeOf([policyOf('shop/keys', { authentication: keys() })]), { chains: [], mirrors });

  it('gets a copy only of what the policies of its Service admit, and the request goes on', () => {
    const [known, unknown] = [exchangeOf(withKey(GOLD_KEY)), exchangeOf()];
    expect([filter.onRequest?.(known), filter.onRequest?.(unknown)]).toEqual([{ kind: 'continue' }, { kind: 'continue' }]);
    expect([known.admittedMirrors, unknown.admittedMirrors]).toEqual([['backend/shop/copy/80'], []]);
    expect([known.identities, unknown.decidedBy]).toEqual([[], '']);
  });
});
