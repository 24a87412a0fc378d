// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { Fault } from '@weir/base';
import type { AccessRule } from '@weir/policy/snapshot';
import { ask, exchangeOf, policyOf, ruleOf, storeOf } from './access-lab.ts';

const CART = 'shop/cart';

const RULE = ruleOf('r', { identities: [CART, 'stock/*'] });

function allowing(rule: AccessRule) {
  return storeOf([policyOf('shop/p', { allowRules: [rule] })]);
}

function denying(rule: AccessRule) {
  return storeOf([policyOf('shop/p', { denyRules: [rule] })]);
}

describe('a rule about workloads of the mesh', () => {
  it.each([
    [CART, 'admitted'],
    ['stock/anybody', 'admitted'],
    ['shop/other', 'access_denied'],
    // A name that begins alike is another's.
    ['stockpile/anybody', 'access_denied'],
    ['shop/*', 'access_denied'],
    [undefined, 'access_denied'],
  ])('of which %s is asked: %s', (peerIdentity, expected) => {
    expect(ask(allowing(RULE), exchangeOf(peerIdentity === undefined ? {} : { peerIdentity }))).toBe(expected);
  });

  it('denies whom it names, and nobody who has shown no identity', () => {
    expect(ask(denying(RULE), exchangeOf({ peerIdentity: CART }))).toBe('access_denied');
    expect(ask(denying(RULE), exchangeOf())).toBe('admitted');
  });
});

describe('a connection that is carried whole between workloads', () => {
  function connect(rule: AccessRule, peerIdentity?: string): string {
    try {
      allowing(rule).chain('access/all').current?.admitConnection('10.0.0.1', peerIdentity);
      return 'admitted';
    } catch (reason) {
      return reason instanceof Fault ? reason.code : String(reason);
    }
  }

  it('is admitted by who opened it', () => {
    expect([connect(RULE, CART), connect(RULE, 'shop/other'), connect(RULE)]).toEqual([
      'admitted',
      'access_denied',
      'access_denied',
    ]);
  });

  it('has to fit the address as well, where the rule names both', () => {
    expect(connect({ ...RULE, addresses: ['10.0.0.0/8'] }, CART)).toBe('admitted');
    expect(connect({ ...RULE, addresses: ['192.0.2.0/24'] }, CART)).toBe('access_denied');
  });
});
