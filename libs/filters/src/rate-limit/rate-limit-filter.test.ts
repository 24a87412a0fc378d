// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange, Identity } from '@weir/base';
import { NO_CONDITIONS } from '@weir/policy/snapshot';
import type { RateLimitSpec, TrafficLimits } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { compileFilters } from '../compile-filters.ts';
import { FREE_GATE } from '../concurrency-limit/free-gate.ts';
import { TrafficStore } from '../traffic/traffic-store.ts';
import type { RateCharge, RateCounters } from './rate-counters.ts';
import { rateLimitSpecs } from './rate-limit-filter.ts';

/** Counters that have room for so many requests of each key, and remember what was charged. */
class PlainCounters implements RateCounters {
  readonly charged: string[] = [];
  private readonly used = new Map<string, number>();

  prepare(id: string, { windows: [window] }: RateLimitSpec) {
    return { policyField: `"${id}";q=${window?.requests ?? 0}`, id, quota: window?.requests ?? 0, store: undefined };
  }

  admit(charges: readonly RateCharge[]) {
    const keys = charges.map(({ limit, key }) => `${'id' in limit ? String(limit.id) : ''} ${JSON.stringify(key)}`);
    this.charged.push(...keys);
    const refusedIndex = charges.findIndex(({ limit, cost }, index) => {
      const quota = 'quota' in limit ? Number(limit.quota) : 0;
      return (this.used.get(keys[index]!) ?? 0) + cost > quota;
    });
    if (refusedIndex === -1) charges.forEach(({ cost }, i) => this.used.set(keys[i]!, (this.used.get(keys[i]!) ?? 0) + cost));
    return {
      isAdmitted: refusedIndex === -1,
      refusedIndex,
      limitField: () => '"x";r=0',
      retryAfter: () => '7',
      giveBack: () => undefined,
    };
  }

  retainStores(): void {
    // Nothing is shared here.
  }

  wentWithoutStore(): void {
    expect.unreachable();
  }
}

function limitOf(limit: string, parts: Partial<RateLimitSpec> = {}): RateLimitSpec {
  return {
    policy: 'shop/p',
    scope: 'Gateway',
    limit,
    algorithm: 'tokenBucket',
    windows: [{ requests: 1, windowMs: 1000, burst: undefined }],
    key: [],
    cost: 1,
    isPerRoute: false,
    shared: undefined,
    when: undefined,
    isShadow: false,
    ...parts,
  };
}

interface Scene {
  readonly route?: string;
  readonly unresolved?: string;
  readonly isMissing?: boolean;
}

function sceneOf(rateLimits: readonly RateLimitSpec[], { unresolved, isMissing = false }: Scene = {}) {
  const counters = new PlainCounters();
  const store = new TrafficStore({ rateCounters: counters, concurrencyGate: FREE_GATE });
  const resource: TrafficLimits = {
    kind: 'trafficLimits',
    name: 'traffic-limits/a',
    unresolved,
    rateLimits,
    concurrencyLimits: [],
    faults: [],
  };
  const edit = new Map<string, () => void>();
  store.prepare(resource, edit);
  if (!isMissing) for (const apply of edit.values()) apply();
  const ask = (exchange: Exchange, route = 'shop/cart'): string => {
    const filters = compileFilters(rateLimitSpecs(['traffic-limits/a'], route), {
      random: createScriptedRandom(0),
      clock: createManualClock(),
      callBackend: undefined,
      mirror: () => undefined,
      accessChain: name => ({ name, current: undefined }),
      trafficLimits: name => store.limits(name),
      rateCounters: counters,
      concurrencyLimits: name => store.concurrency(name),
      concurrencyGate: FREE_GATE,
      injectedFaults: name => store.faults(name),
      delayRoom: undefined,
      onFaultInjected: () => undefined,
    });
    try {
      for (const filter of filters) void filter.onRequest?.(exchange);
      const response = { status: 200, headers: new HeaderList(), contentLength: 0 };
      for (const filter of filters.toReversed()) filter.onResponse?.(exchange, response);
      return [...response.headers.entries()].map(([name, value]) => `${name}: ${value}`).join('; ') || 'admitted';
    } catch (reason) {
      return reason instanceof Fault ? `${reason.code} ${reason.headers?.get('retry-after') ?? ''}`.trimEnd() : String(reason);
    }
  };
  return { ask, counters };
}

function callerOf(identity: Partial<Identity>, address = '192.0.2.1'): Exchange {
  const exchange = createTestExchange({ downstream: { remoteAddress: address } });
  exchange.identities = [{ method: 'm', consumer: '', groups: [], claims: undefined, ...identity }];
  return exchange;
}

describe('a rate limit', () => {
  it('tells what is left, and refuses with 429 and when to come back', () => {
    const { ask } = sceneOf([limitOf('all')]);
    expect(ask(createTestExchange())).toBe('ratelimit-policy: "shop/p#all";q=1; ratelimit: "x";r=0');
    const refused = createTestExchange();
    expect(ask(refused)).toBe('rate_limited 7');
    expect(refused.decidedBy).toBe('shop/p#all');
  });

  it.each([
    ['addresses', [{ kind: 'address' }], callerOf({}, '192.0.2.1'), callerOf({}, '192.0.2.2')],
    ['networks of IPv6', [{ kind: 'address' }], callerOf({}, '2001:db8:0:1::1'), callerOf({}, '2001:db8:0:2::1')],
    ['Consumers', [{ kind: 'consumer' }], callerOf({ consumer: 'n/a' }), callerOf({ consumer: 'n/b' })],
    ['claims', [{ kind: 'claim', path: ['sub'] }], callerOf({ claims: { sub: 'a' } }), callerOf({ claims: { sub: 'b' } })],
  ] satisfies readonly [string, RateLimitSpec['key'], Exchange, Exchange][])('counts %s apart', (_, key, one, other) => {
    const { ask } = sceneOf([limitOf('each', { key })]);
    expect([ask(one), ask(one), ask(other)].map(answer => answer.split(' ')[0])).toEqual([
      'ratelimit-policy:',
      'rate_limited',
      'ratelimit-policy:',
    ]);
  });

  it('takes all addresses of an IPv6 network for one caller, however they are written', () => {
    const { ask, counters } = sceneOf([limitOf('each', { key: [{ kind: 'address' }] })]);
    for (const address of ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:DB8::', '2001:0db8::7']) ask(callerOf({}, address));
    expect(new Set(counters.charged).size).toBe(1);
  });

  it('takes an IPv4 address in the writing of IPv6 for what it is', () => {
    const { ask, counters } = sceneOf([limitOf('each', { key: [{ kind: 'address' }] })]);
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:192.0.2.2']) ask(callerOf({}, address));
    expect(new Set(counters.charged).size).toBe(2);
  });

  it('counts a request once where its policy holds on the way and for the Service', () => {
    const { ask, counters } = sceneOf([limitOf('all'), limitOf('all')]);
    expect([ask(createTestExchange()), counters.charged.length]).toEqual([
      'ratelimit-policy: "shop/p#all";q=1; ratelimit: "x";r=0',
      1,
    ]);
  });

  it('that only looks on sees nothing of what others refuse', () => {
    const { ask, counters } = sceneOf([limitOf('new', { isShadow: true }), limitOf('old')]);
    for (let i = 0; i < 3; i++) ask(createTestExchange());
    expect(counters.charged.filter(charge => charge.includes('new'))).toHaveLength(1);
  });

  it('counts together who lacks what others are told apart by', () => {
    const { ask } = sceneOf([limitOf('each', { key: [{ kind: 'header', name: 'x-team' }] })]);
    expect([ask(createTestExchange()), ask(createTestExchange())][1]).toBe('rate_limited 7');
  });

  it('counts only what fits its conditions', () => {
    const { ask } = sceneOf([limitOf('writes', { when: { ...NO_CONDITIONS, methods: ['POST'] } })]);
    expect([ask(createTestExchange()), ask(createTestExchange())]).toEqual(['admitted', 'admitted']);
  });

  it('is one for all routes, or one for each', () => {
    const shared = sceneOf([limitOf('all')]);
    expect([shared.ask(createTestExchange(), 'a/b'), shared.ask(createTestExchange(), 'c/d')][1]).toBe('rate_limited 7');
    const apart = sceneOf([limitOf('all', { isPerRoute: true })]);
    expect([apart.ask(createTestExchange(), 'a/b'), apart.ask(createTestExchange(), 'c/d')][1]).not.toBe('rate_limited 7');
  });

  it('that only looks on refuses nothing and says what it would have refused', () => {
    const { ask } = sceneOf([limitOf('new', { isShadow: true })]);
    const [first, second] = [createTestExchange(), createTestExchange()];
    expect([ask(first), ask(second)]).toEqual(['admitted', 'admitted']);
    expect([first.shadowRefusals, second.shadowRefusals]).toEqual([[], ['shop/p#new']]);
  });

  it('takes nothing where another one refuses', () => {
    const tight = limitOf('tight', { windows: [{ requests: 1, windowMs: 1000, burst: undefined }] });
    const wide = limitOf('wide', { windows: [{ requests: 2, windowMs: 1000, burst: undefined }], when: undefined });
    const { ask } = sceneOf([wide, { ...tight, when: { ...NO_CONDITIONS, methods: ['GET'] } }]);
    ask(createTestExchange());
    expect(ask(createTestExchange())).toBe('rate_limited 7');
    expect(ask(createTestExchange({ request: { method: 'POST' } }))).toContain('ratelimit');
  });

  it.each([
    ['cannot be evaluated', { unresolved: 'no expression' }],
    ['are not known', { isMissing: true }],
  ] satisfies readonly [string, Scene][])('limits that %s refuse', (_, scene) => {
    expect(sceneOf([], scene).ask(createTestExchange())).toBe('policy_unresolved');
  });
});

describe('the place of a limit', () => {
  it('is before authentication for callers told apart by address, and behind it for all others', () => {
    const { ask, counters } = sceneOf([
      limitOf('late', { key: [{ kind: 'consumer' }, { kind: 'address' }] }),
      limitOf('global'),
      limitOf('early', { key: [{ kind: 'address' }] }),
      // Fields may be what authentication makes of claims.
      limitOf('field', { key: [{ kind: 'address' }, { kind: 'header', name: 'x-user' }] }),
      limitOf('fits', { key: [{ kind: 'address' }], when: { ...NO_CONDITIONS, headers: [{ name: 'x-plan', values: [''] }] } }),
    ]);
    ask(createTestExchange({ request: { headers: HeaderList.of(['x-plan', '']) } }));
    expect(counters.charged.map(charge => charge.split(' ')[0])).toEqual(
      ['early', 'late', 'global', 'field', 'fits'].map(limit => `shop/p#${limit}`),
    );
  });
});
