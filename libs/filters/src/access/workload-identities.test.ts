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

describe('a rule about workloads of the mesh, at a gateway', () => {
  const GATEWAY = 'edge/public-weir';
  const named = ruleOf('r', { identities: [GATEWAY, 'shop/*'] });
  const atGateway = (rule: AccessRule, gateway = GATEWAY) => storeOf([policyOf('shop/p', { allowRules: [rule] })], { gateway });

  it('fits all that comes through the gateway that it names, and nothing that comes through another one', () => {
    expect(ask(atGateway(named), exchangeOf())).toBe('admitted');
    expect(ask(atGateway(named, 'edge/internal-weir'), exchangeOf())).toBe('access_denied');
  });

  it('does not fit by the namespace of the gateway: its clients are none of its workloads', () => {
    const rule = ruleOf('r', { identities: ['edge/*'] });
    expect(ask(atGateway(rule), exchangeOf())).toBe('access_denied');
    expect(ask(atGateway(named, 'shop/edge'), exchangeOf())).toBe('access_denied');
  });

  it('asks for the rest of it, too', () => {
    const rule = ruleOf('r', { identities: [GATEWAY], addresses: ['10.0.0.0/8'] });
    expect(ask(atGateway(rule), exchangeOf({ address: '10.0.0.1' }))).toBe('admitted');
    expect(ask(atGateway(rule), exchangeOf({ address: '192.0.2.1' }))).toBe('access_denied');
  });

  it('denies what it names', () => {
    const store = storeOf([policyOf('shop/p', { denyRules: [named] })], { gateway: GATEWAY });
    expect(ask(store, exchangeOf())).toBe('access_denied');
  });

  it('admits connections that are carried whole', () => {
    expect(() => atGateway(named).chain('access/all').current?.admitConnection('10.0.0.1')).not.toThrow();
    expect(() => atGateway(named, 'x/y').chain('access/all').current?.admitConnection('10.0.0.1')).toThrow('no Allow rule fits');
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
