// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { AccessGuard, AccessPolicy, AccessRule } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import type { PolicyEdit } from './reference.ts';
import {
  EXPIRES_MS,
  GOLD_KEY,
  OLD_KEY,
  ask,
  exchangeOf,
  filterOf,
  keyOf,
  keys,
  policyOf,
  put,
  ruleOf,
  storeOf,
  withKey,
} from './access-lab.ts';
import type { Asked } from './access-lab.ts';

describe('an API key', () => {
  const store = storeOf([policyOf('shop/keys', { authentication: keys() })], { wallMs: EXPIRES_MS - 1 });

  it.each([
    ['in a header', withKey(GOLD_KEY)],
    ['in the query', { query: `a=1&key=${GOLD_KEY}&b=2` }],
    ['in a cookie', { headers: [['cookie', `a=1; key=${GOLD_KEY}`]] }],
  ] satisfies readonly [string, Asked][])('%s admits its Consumer and goes no further', (_, asked) => {
    const exchange = exchangeOf(asked);
    expect(ask(store, exchange)).toBe('admitted');
    expect(exchange.identities).toMatchObject([{ consumer: 'shop/acme', groups: ['gold'] }]);
    const { headers, query } = exchange.request;
    expect(JSON.stringify([[...headers.entries()], query, exchange.target])).not.toContain(GOLD_KEY);
  });

  it('is not asked for again by a policy in whose name a gateway has asked, and nothing else is believed of it', () => {
    const gold = { allowRules: [ruleOf('gold', { groups: ['gold'] })] };
    const vouching = storeOf([policyOf('shop/keys', { authentication: keys(), ...gold })]);
    const identity = { method: 'partners', consumer: 'shop/acme', groups: ['gold'], claims: undefined };
    const outcomeOf = (...vouched: readonly [typeof identity, string][]): string => {
      const exchange = exchangeOf({});
      exchange.identities = vouched.map(([one]) => one);
      exchange.identifiedBy = vouched.map(([, policy]) => policy);
      return ask(vouching, exchange);
    };
    expect(outcomeOf([identity, 'shop/keys'])).toBe('admitted');
    expect(outcomeOf([{ ...identity, groups: [] }, 'shop/keys'])).not.toBe('admitted');
    expect(outcomeOf([identity, 'shop/others'])).not.toBe('admitted');
  });

  it('leaves the other parameters and cookies as they were sent', () => {
    const exchange = exchangeOf({ query: `a=%20&key=${GOLD_KEY}&b`, headers: [['cookie', `a=1; key=x; b="2"`]] });
    expect(ask(store, exchange)).toBe('admitted');
    expect(exchange.request.query).toBe('a=%20&b');
    expect(exchange.request.headers.get('cookie')).toBe('a=1; b="2"');
    expect(exchange.target).toBe('/?a=%20&key=[hidden]&b');
  });

  it('goes on to the backend where the policy says so', () => {
    const exchange = exchangeOf(withKey(GOLD_KEY));
    const authentication = keys(false, { isForwarded: true });
    expect(ask(storeOf([policyOf('shop/keys', { authentication })]), exchange)).toBe('admitted');
    expect(exchange.request.headers.get('x-api-key')).toBe(GOLD_KEY);
  });

  it.each([
    ['is missing', {}],
    ['is empty', withKey('')],
    ['is nobody’s', withKey('guess-0123456789abcdef')],
  ] satisfies readonly [string, Asked][])('that %s is answered with 401 and a challenge', (_, asked) => {
    try {
      void filterOf(store).onRequest?.(exchangeOf(asked));
      expect.unreachable();
    } catch (reason) {
      expect(reason).toMatchObject({ code: 'unauthenticated' });
      expect((reason as Fault).headers?.get('www-authenticate')).toBe('ApiKey');
    }
  });

  it('ends with its time', () => {
    expect(ask(store, exchangeOf(withKey(OLD_KEY)))).toBe('admitted');
    const later = storeOf([policyOf('shop/keys', { authentication: keys() })], { wallMs: EXPIRES_MS });
    expect(ask(later, exchangeOf(withKey(OLD_KEY)))).toBe('unauthenticated');
  });

  it.each([
    ['an address that is refused', [policyOf('shop/p', { addresses: { allow: undefined, deny: ['0.0.0.0/0'] } })]],
    ['a policy that cannot be evaluated', [policyOf('shop/p', { unresolved: 'no Secret' })]],
    ['a key of somebody else', []],
  ] satisfies readonly [string, readonly AccessPolicy[]][])('stays out of the log, with %s', (_, others) => {
    const query = `a=1&key=wrong-${GOLD_KEY}&k%65y=${GOLD_KEY}`;
    const exchange = exchangeOf({ query, headers: [['x-api-key', OLD_KEY]] });
    ask(storeOf([...others, policyOf('shop/keys', { authentication: keys() })]), exchange);
    expect(exchange.target).toBe('/?a=1&key=[hidden]&key=[hidden]');
  });

  it('is looked at for the request only, and never written into a fault', () => {
    try {
      void filterOf(store).onRequest?.(exchangeOf(withKey('guess-0123456789abcdef')));
    } catch (reason) {
      expect(String(reason)).not.toContain('guess');
    }
  });
});

describe('anonymous callers', () => {
  const store = storeOf([policyOf('shop/keys', { authentication: keys(true) })]);

  it('are admitted where the policy says so, as nobody', () => {
    const exchange = exchangeOf();
    expect(ask(store, exchange)).toBe('admitted');
    expect(exchange.identities).toEqual([]);
  });

  it('are not those who show something wrong', () => {
    expect(ask(store, exchangeOf(withKey('guess-0123456789abcdef')))).toBe('unauthenticated');
  });
});

describe('rules', () => {
  const gold = ruleOf('gold', { groups: ['gold'] });

  it('refuse with 403 what a Deny rule fits, whatever is allowed', () => {
    const denyRules = [ruleOf('no-delete', { methods: ['DELETE'] })];
    const store = storeOf([policyOf('shop/p', { denyRules, allowRules: [ruleOf('all')] })]);
    const exchange = exchangeOf({ method: 'DELETE' });
    expect(ask(store, exchange)).toBe('access_denied');
    expect(exchange.decidedBy).toBe('shop/p#no-delete');
    expect(ask(store, exchangeOf())).toBe('admitted');
  });

  it('must allow a request in each policy that has Allow rules', () => {
    const wide = policyOf('shop/wide', { authentication: keys(), allowRules: [gold] });
    const narrow = policyOf('shop/narrow', { allowRules: [ruleOf('all')] });
    const store = storeOf([wide, narrow]);
    expect(ask(store, exchangeOf(withKey(GOLD_KEY)))).toBe('admitted');
    expect(ask(store, exchangeOf(withKey(OLD_KEY)))).toBe('access_denied');
  });

  it('look at nobody whom a policy of a narrower scope has recognised', () => {
    const wide = policyOf('shop/wide', { authentication: keys(), allowRules: [gold] });
    const own = keys(false, { consumers: 'consumers/team/' });
    const narrow = policyOf('team/narrow', { authentication: own, allowRules: [gold] });
    const store = storeOf([wide, narrow], { guards: { 'shop/wide': { rank: 1 } } });
    put(store, {
      kind: 'consumers',
      name: 'consumers/team/',
      consumers: [
        { label: 'team/self-made', groups: ['gold'], apiKeys: [keyOf(OLD_KEY)], passwords: [], certificates: [], tokens: [] },
      ],
    });
    const exchange = exchangeOf(withKey(OLD_KEY));
    expect([ask(store, exchange), exchange.decidedBy]).toEqual(['access_denied', 'shop/wide']);
  });

  it('deny by default where the chain says so', () => {
    const store = storeOf([policyOf('shop/p')], { guards: { 'shop/p': { deniesByDefault: true } } });
    expect(ask(store, exchangeOf())).toBe('access_denied');
  });

  it.each([
    ['a path below a prefix', { paths: [{ kind: 'prefix', value: '/admin' }] }, { path: '/admin/x' }, { path: '/administrator' }],
    ['an exact path', { paths: [{ kind: 'exact', value: '/a' }] }, { path: '/a' }, { path: '/a/' }],
    ['an expression', { paths: [{ kind: 'regex', value: '/v[0-9]+/.*' }] }, { path: '/v12/x' }, { path: '/vx/x' }],
    [
      'one of the lines of a header',
      { headers: [{ name: 'x-team', values: ['a'] }] },
      {
        headers: [
          ['x-team', 'b'],
          ['x-team', 'a'],
        ],
      },
      { headers: [['x-team', 'ab']] },
    ],
    ['an address', { addresses: ['10.0.0.0/8'] }, { address: '10.9.8.7' }, { address: '11.0.0.1' }],
    ['an address of IPv6', { addresses: ['2001:db8::/32'] }, { address: '2001:db8::1' }, { address: '2001:db9::1' }],
    ['a method', { methods: ['PUT'] }, { method: 'PUT' }, { method: 'put' }],
    ['HEAD as GET', { methods: ['GET'] }, { method: 'HEAD' }, { method: 'POST' }],
    ['the host', { headers: [{ name: 'host', values: ['SHOP.example'] }] }, { host: 'shop.example:8080' }, { host: 'a.example' }],
    [
      'the host and port',
      { headers: [{ name: 'host', values: ['a.example:80'] }] },
      { host: 'a.example:80' },
      { host: 'a.example' },
    ],
  ] satisfies readonly [string, Partial<AccessRule>, Asked, Asked][])('look at %s', (_, parts, fitting, other) => {
    const store = storeOf([policyOf('shop/p', { denyRules: [ruleOf('r', parts)] })]);
    expect([ask(store, exchangeOf(fitting)), ask(store, exchangeOf(other))]).toEqual(['access_denied', 'admitted']);
  });
});

describe('addresses', () => {
  it('are refused before anybody is asked who they are', () => {
    const addresses = { allow: ['192.0.2.0/24'], deny: ['192.0.2.66/32'] };
    const store = storeOf([policyOf('shop/p', { authentication: keys() }), policyOf('shop/q', { addresses })]);
    const asked = (address: string): string => ask(store, exchangeOf({ address, ...withKey(GOLD_KEY) }));
    expect([asked('192.0.2.1'), asked('192.0.2.66'), asked('198.51.100.1'), asked('')]).toEqual([
      'admitted',
      'access_denied',
      'access_denied',
      'access_denied',
    ]);
  });
});

describe('what cannot be evaluated', () => {
  const keyed = policyOf('shop/keys', { authentication: keys() });

  it.each([
    ['a chain that is not known', storeOf([keyed], { without: ['access/all'] }), 'policy_unresolved'],
    ['a policy that is not known', storeOf([keyed], { without: ['access-policy/shop/keys'] }), 'policy_unresolved'],
    ['a policy that says so', storeOf([policyOf('shop/p', { unresolved: 'no Secret' })]), 'policy_unresolved'],
    ['Consumers that are not known', storeOf([keyed], { without: ['consumers/shop/'] }), 'policy_unavailable'],
  ])('%s refuses', (_, store, code) => {
    expect(ask(store, exchangeOf(withKey(GOLD_KEY)))).toBe(code);
  });

  it('refuses where its new version cannot be run, whatever the old one admitted', () => {
    const store = storeOf([policyOf('shop/p', { allowRules: [ruleOf('all')] })]);
    expect(ask(store, exchangeOf())).toBe('admitted');
    const edit: PolicyEdit = new Map();
    const paths = [{ kind: 'regex', value: '(' }] as const;
    expect(() => store.prepare(policyOf('shop/p', { denyRules: [ruleOf('r', { paths })] }), edit)).toThrow();
    store.commit(edit);
    expect(ask(store, exchangeOf())).toBe('policy_unresolved');
  });

  it('refuses again once it is taken away', () => {
    const store = storeOf([keyed]);
    expect(ask(store, exchangeOf(withKey(GOLD_KEY)))).toBe('admitted');
    const edit: PolicyEdit = new Map();
    store.prepareRemoval('access-policy/shop/keys', edit);
    store.commit(edit);
    expect(ask(store, exchangeOf(withKey(GOLD_KEY)))).toBe('policy_unresolved');
  });
});

describe('parts that are relaxed', () => {
  const all = policyOf('shop/p', {
    authentication: keys(),
    addresses: { allow: ['10.0.0.0/8'], deny: [] },
    denyRules: [ruleOf('all')],
  });

  it('do not hold, and the others do', () => {
    const relaxing = (...relaxed: AccessGuard['relaxed']): string =>
      ask(storeOf([all], { guards: { 'shop/p': { relaxed } } }), exchangeOf());
    expect(relaxing('addresses', 'authentication', 'authorization')).toBe('admitted');
    expect(relaxing('authentication', 'authorization')).toBe('access_denied');
    expect(relaxing('addresses', 'authorization')).toBe('unauthenticated');
    expect(relaxing('addresses', 'authentication')).toBe('access_denied');
  });
});

describe('a policy that only looks on', () => {
  it('refuses nothing, and says what it would have refused', () => {
    const shadow = policyOf('shop/new', { isShadow: true, denyRules: [ruleOf('all')] });
    const exchange = exchangeOf();
    expect(ask(storeOf([shadow]), exchange)).toBe('admitted');
    expect(exchange.shadowRefusals).toEqual(['shop/new#all']);
  });

  it('opens nothing: what others ask still holds', () => {
    const shadow = policyOf('shop/new', { isShadow: true, authentication: keys(true), allowRules: [ruleOf('all')] });
    expect(ask(storeOf([policyOf('shop/keys', { authentication: keys() }), shadow]), exchangeOf())).toBe('unauthenticated');
  });

  it('gives nobody an identity', () => {
    const shadow = policyOf('shop/new', { isShadow: true, authentication: keys() });
    const acting = policyOf('shop/p', { allowRules: [ruleOf('gold', { groups: ['gold'] })] });
    expect(ask(storeOf([shadow, acting]), exchangeOf(withKey(GOLD_KEY)))).toBe('access_denied');
  });
});

describe('a connection that is carried whole', () => {
  function connect(policy: AccessPolicy, address: string, guard: Partial<AccessGuard> = {}): string {
    try {
      storeOf([policy], { guards: { [policy.label]: guard } })
        .chain('access/all')
        .current?.admitConnection(address);
      return 'admitted';
    } catch (reason) {
      return reason instanceof Fault ? reason.code : String(reason);
    }
  }

  it('is admitted or refused by its address', () => {
    const byList = policyOf('shop/p', { addresses: { allow: ['10.0.0.0/8'], deny: [] } });
    const byRule = policyOf('shop/p', { allowRules: [ruleOf('r', { addresses: ['10.0.0.0/8'] })] });
    for (const policy of [byList, byRule]) {
      expect([connect(policy, '10.0.0.1'), connect(policy, '11.0.0.1')]).toEqual(['admitted', 'access_denied']);
    }
  });

  it.each([
    ['who it is', { authentication: keys() }],
    ['what is only in a request, to refuse', { denyRules: [ruleOf('r', { methods: ['PUT'] })] }],
    ['what is only in a request, to allow', { allowRules: [ruleOf('r', { methods: ['PUT'] })] }],
    ['what cannot be evaluated', { unresolved: 'no Secret' }],
  ] satisfies readonly [string, Partial<AccessPolicy>][])('is refused where a policy asks %s', (_, parts) => {
    expect(connect(policyOf('shop/p', parts), '10.0.0.1')).not.toBe('admitted');
  });

  it('is refused by default where the chain says so', () => {
    expect(connect(policyOf('shop/p'), '10.0.0.1', { deniesByDefault: true })).toBe('access_denied');
  });
});
