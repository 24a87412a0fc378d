// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { RateLimitSpec, SharedRateLimit } from '@weir/policy/snapshot';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { LocalOutcome, RateCharge, RateCounters, RateOutcome, SharedCounters } from './rate-counters.ts';
import type { RunningLimit } from './running-limits.ts';
import { StoreCharge } from './store-charge.ts';

type Answer = 'admits' | 'refuses' | 'says nothing';

function labelsOf(charges: readonly RateCharge[]): string {
  return charges.map(({ limit }) => limit.policyField).join('+');
}

function outcomeOf(name: string, refusedIndex: number): RateOutcome {
  return { isAdmitted: refusedIndex === -1, refusedIndex, limitField: () => name, retryAfter: () => '7' };
}

/** Counters that note in `events` what is asked of them, and refuse the limits that are named. */
class Scene implements RateCounters {
  readonly events: string[] = [];
  private readonly full: readonly string[];

  constructor(...full: readonly string[]) {
    this.full = full;
  }

  store(name: string, answer: Answer): SharedCounters {
    return {
      admit: async charges => {
        this.events.push(`${name}: ${labelsOf(charges)}`);
        return answer === 'says nothing' ? undefined : outcomeOf(name, answer === 'admits' ? -1 : charges.length - 1);
      },
    };
  }

  limit(label: string, { store, ...more }: Partial<RunningLimit['spec']> & { store?: SharedCounters } = {}): RunningLimit {
    const spec: RateLimitSpec = {
      ...{ policy: 'p', scope: 'Gateway', limit: label, algorithm: 'tokenBucket', windows: [], key: [], cost: 1 },
      ...{ isPerRoute: false, shared: undefined, when: undefined, isShadow: false },
      ...more,
    };
    return { label, spec, prepared: { policyField: label, store }, key: [], when: undefined, isEarly: false };
  }

  prepare(): never {
    return expect.unreachable();
  }

  admit(charges: readonly RateCharge[]): LocalOutcome {
    this.events.push(`memory: ${labelsOf(charges)}`);
    const refused = charges.findIndex(({ limit }) => this.full.includes(limit.policyField));
    return { ...outcomeOf('memory', refused), giveBack: () => void this.events.push(`back: ${labelsOf(charges)}`) };
  }

  retainStores(): void {
    expect.unreachable();
  }

  wentWithoutStore(label: string, onFailure: string): void {
    this.events.push(`${label} without store: ${onFailure}`);
  }

  /** What the caller gets, and the fields that answers tell. */
  async ask(...limits: readonly RunningLimit[]): Promise<string> {
    const exchange = createTestExchange();
    try {
      await new StoreCharge(this, exchange).charge(limits);
      return [...exchange.rateLimitFields.map(([, value]) => value), ...exchange.shadowRefusals.map(label => `?${label}`)].join(
        '; ',
      );
    } catch (reason) {
      if (!(reason instanceof Fault)) throw reason;
      return `${reason.code} ${exchange.decidedBy} ${[...(reason.headers?.entries() ?? [])].map(([, value]) => value).join('; ')}`;
    }
  }
}

function shared(onFailure: SharedRateLimit['onFailure']): Pick<RateLimitSpec, 'shared'> {
  const place = { url: 'redis://r:6379/0', host: 'r', port: 6379, database: 0 };
  return { shared: { store: { ...place, username: undefined, password: undefined, tls: undefined, timeoutMs: 100 }, onFailure } };
}

describe('limits that are counted in a store', () => {
  it('are asked together, behind those of memory, and told with them', async () => {
    const scene = new Scene();
    const store = scene.store('store', 'admits');
    const told = await scene.ask(scene.limit('a', { store }), scene.limit('b'), scene.limit('c', { store }));
    expect(scene.events).toEqual(['memory: b', 'store: a+c']);
    expect(told).toBe('b, a, c; memory, store');
  });

  it('are not asked where memory refuses', async () => {
    const scene = new Scene('b');
    expect(await scene.ask(scene.limit('a', { store: scene.store('store', 'admits') }), scene.limit('b'))).toBe(
      'rate_limited b a, b; memory; 7',
    );
    expect(scene.events).toEqual(['memory: b', 'back: b'].slice(0, 1));
  });

  it('give back what was taken of memory where they refuse', async () => {
    const scene = new Scene();
    const store = scene.store('store', 'refuses');
    expect(await scene.ask(scene.limit('a'), scene.limit('b', { store }), scene.limit('c', { store }))).toBe(
      'rate_limited c a, b, c; store; 7',
    );
    expect(scene.events).toEqual(['memory: a', 'store: b+c', 'back: a']);
  });

  it('end with the first store that refuses', async () => {
    const scene = new Scene();
    const limits = [
      scene.limit('a', { store: scene.store('one', 'refuses') }),
      scene.limit('b', { store: scene.store('two', 'admits') }),
    ];
    expect(await scene.ask(...limits)).toContain('rate_limited a');
    expect(scene.events).toEqual(['one: a']);
  });
});

describe('while a store says nothing, a limit', () => {
  it('that says Local is counted in memory', async () => {
    const scene = new Scene();
    const limit = scene.limit('a', { ...shared('local'), store: scene.store('store', 'says nothing') });
    expect(await scene.ask(limit)).toBe('a; memory');
    expect(scene.events).toEqual(['store: a', 'a without store: local', 'memory: a']);
  });

  it('that says Local refuses where memory does, which gives back what others took', async () => {
    const scene = new Scene('a');
    const limit = scene.limit('a', { ...shared('local'), store: scene.store('store', 'says nothing') });
    expect(await scene.ask(scene.limit('b'), limit)).toBe('rate_limited a b, a; memory; 7');
    expect(scene.events.slice(-2)).toEqual(['memory: a', 'back: b']);
  });

  it('that says Open lets through, and tells nothing', async () => {
    const scene = new Scene();
    expect(await scene.ask(scene.limit('a', { ...shared('open'), store: scene.store('store', 'says nothing') }))).toBe('');
  });

  it('that says Closed refuses with 503, takes nothing of others and is tried again in a second', async () => {
    const scene = new Scene();
    const store = scene.store('store', 'says nothing');
    const limits = [
      scene.limit('m'),
      scene.limit('a', { ...shared('local'), store }),
      scene.limit('b', { ...shared('closed'), store }),
    ];
    expect(await scene.ask(...limits)).toBe('policy_unavailable b 1');
    expect(scene.events.slice(-1)).toEqual(['back: m']);
  });
});

describe('a limit on trial that is counted in a store', () => {
  it.each<[Answer, SharedRateLimit['onFailure'], string]>([
    ['admits', 'closed', ''],
    ['refuses', 'open', '?a'],
    ['says nothing', 'open', ''],
    ['says nothing', 'closed', '?a'],
    ['says nothing', 'local', '?a'],
  ])('that %s (%s) only looks on', async (answer, onFailure, seen) => {
    const scene = new Scene('a');
    const limit = scene.limit('a', { ...shared(onFailure), isShadow: true, store: scene.store('store', answer) });
    expect(await scene.ask(limit)).toBe(seen);
  });
});
