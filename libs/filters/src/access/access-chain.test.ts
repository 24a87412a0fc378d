// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { Fault, HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { AccessGuard, AccessPolicy, AccessRule, ApiKeyMethod, Consumer } from '@weir/policy/snapshot';
import { createScriptedRandom, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { AccessEdit, AccessResource } from './access-store.ts';
import { AccessStore } from './access-store.ts';
import { createAccessFilter } from './access-filter.ts';

const GOLD_KEY = 'gold-0123456789abcdef';
const OLD_KEY = 'old-0123456789abcdefg';
const EXPIRES_MS = 1_000_000;

const CONSUMERS: readonly Consumer[] = [
  { label: 'shop/acme', groups: ['gold'], apiKeys: [keyOf(GOLD_KEY)] },
  { label: 'shop/old', groups: [], apiKeys: [keyOf(OLD_KEY, EXPIRES_MS)] },
];

function keyOf(text: string, expiresMs = 0): Consumer['apiKeys'][number] {
  return { sha256: createHash('sha256').update(text).digest('hex'), expiresMs };
}

function policyOf(label: string, parts: Partial<AccessPolicy> = {}): AccessPolicy {
  return {
    kind: 'accessPolicy',
    name: `access-policy/${label}`,
    label,
    isShadow: false,
    unresolved: undefined,
    addresses: undefined,
    authentication: undefined,
    denyRules: [],
    allowRules: [],
    externalAuthorization: undefined,
    ...parts,
  };
}

function ruleOf(name: string, parts: Partial<AccessRule> = {}): AccessRule {
  const nothing = { methods: undefined, paths: undefined, headers: undefined, consumers: undefined, groups: undefined };
  return { name, ...nothing, claims: undefined, addresses: undefined, ...parts };
}

function keys(admitsAnonymous = false, parts: Partial<ApiKeyMethod> = {}): NonNullable<AccessPolicy['authentication']> {
  const sources = [
    { kind: 'header', name: 'x-api-key' },
    { kind: 'query', name: 'key' },
    { kind: 'cookie', name: 'key' },
  ] as const;
  return {
    admitsAnonymous,
    methods: [{ kind: 'apiKey', name: 'partners', sources, consumers: 'consumers/shop/', isForwarded: false, ...parts }],
  };
}

interface Scene {
  readonly guards?: Readonly<Record<string, Partial<AccessGuard>>>;
  readonly wallMs?: number;
  readonly without?: readonly string[];
}

/** A store with one chain of all policies, widest first. */
function storeOf(policies: readonly AccessPolicy[], { guards = {}, wallMs = 0, without = [] }: Scene = {}): AccessStore {
  const store = new AccessStore({ clock: { wallMs: () => wallMs }, random: createScriptedRandom(0), callBackend: undefined });
  const chain = {
    kind: 'accessChain' as const,
    name: 'access/all',
    guards: policies.map(({ name, label }) => ({
      policy: name,
      scope: 'Route',
      deniesByDefault: false,
      relaxed: [],
      ...guards[label],
    })),
  };
  const resources: readonly AccessResource[] = [
    chain,
    ...policies,
    { kind: 'consumers', name: 'consumers/shop/', consumers: CONSUMERS },
  ];
  put(store, ...resources.filter(({ name }) => !without.includes(name)));
  return store;
}

function put(store: AccessStore, ...resources: readonly AccessResource[]): void {
  const edit: AccessEdit = new Map();
  for (const resource of resources) store.prepare(resource, edit);
  store.commit(edit);
}

interface Asked {
  readonly headers?: readonly (readonly [string, string])[];
  readonly path?: string;
  readonly query?: string;
  readonly method?: string;
  readonly address?: string;
}

function exchangeOf({ headers = [], path = '/', query, method = 'GET', address = '192.0.2.1' }: Asked = {}): Exchange {
  const request = { headers: HeaderList.of(...headers), path, query, method };
  const exchange = createTestExchange({ request, downstream: { remoteAddress: address } });
  exchange.target = query === undefined ? path : `${path}?${query}`;
  return exchange;
}

/** The fault's code, or `admitted`. */
function ask(store: AccessStore, exchange: Exchange): string {
  try {
    const verdict = createAccessFilter(store.chain('access/all')).onRequest?.(exchange);
    return verdict instanceof Promise ? 'waits' : 'admitted';
  } catch (reason) {
    return reason instanceof Fault ? reason.code : String(reason);
  }
}

const withKey = (key: string): Asked => ({ headers: [['x-api-key', key]] });

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
      void createAccessFilter(store.chain('access/all')).onRequest?.(exchangeOf(asked));
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

  it('is looked at for the request only, and never written into a fault', () => {
    try {
      void createAccessFilter(store.chain('access/all')).onRequest?.(exchangeOf(withKey('guess-0123456789abcdef')));
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

  it('refuses again once it is taken away', () => {
    const store = storeOf([keyed]);
    expect(ask(store, exchangeOf(withKey(GOLD_KEY)))).toBe('admitted');
    const edit: AccessEdit = new Map();
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
