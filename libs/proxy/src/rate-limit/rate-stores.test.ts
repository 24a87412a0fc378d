// SPDX-License-Identifier: Apache-2.0
import type { RateLimitStore } from '@weir/policy/snapshot';
import type { SharedDecision } from '@weir/resilience';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { RateStores } from './rate-stores.ts';
import type { RedisLimiterOptions } from './redis-limiter.ts';

const ADMITTED: SharedDecision = { kind: 'decided', decision: { isAdmitted: true, retryAfterMs: 0, states: [] } };

function storeOf(parts: Partial<RateLimitStore> = {}): RateLimitStore {
  const place = { url: 'redis://redis.shop:6379/0', host: 'redis.shop', port: 6379, database: 0 };
  return { ...place, username: 'weir', password: 'first', tls: undefined, timeoutMs: 100, ...parts };
}

function bench() {
  const clock = createManualClock();
  const events: string[] = [];
  const opened: RedisLimiterOptions[] = [];
  const answers: SharedDecision[] = [];
  const stores = new RateStores({
    clock,
    observer: {
      storeAsked: (_, result) => void events.push(result),
      storeChanged: ({ store, state, detail }) => void events.push(`${store} ${state} ${detail}`.trimEnd()),
    },
    loadLimiters: async () => options => {
      opened.push(options);
      events.push(`open ${options.password ?? ''}`);
      return {
        limiter: { admit: async () => answers.shift() ?? ADMITTED },
        close: () => void events.push(`close ${options.password ?? ''}`),
      };
    },
  });
  return { clock, events, opened, answers, stores };
}

describe('the stores of a worker', () => {
  it('have one connection for all who say the same, made when a limit is in force', async () => {
    const { stores, events } = bench();
    await stores.load();
    expect(stores.of(storeOf())).toBe(stores.of(storeOf()));
    expect(events).toEqual([]);
    stores.retain([storeOf(), storeOf()]);
    stores.retain([storeOf()]);
    expect(events).toEqual(['open first']);
  });

  it('follow a new password, and end the old connection when its answers have come', async () => {
    const { stores, events, clock } = bench();
    await stores.load();
    const before = stores.of(storeOf());
    stores.retain([storeOf()]);
    stores.of(storeOf({ password: 'second' }));
    stores.retain([storeOf({ password: 'second' })]);
    expect(events).toEqual(['open first', 'open second']);
    clock.advance(100);
    expect(events.at(-1)).toBe('close first');
    expect(await before.admit([])).toMatchObject({ kind: 'unavailable' });
    stores.close();
    clock.advance(100);
    expect(events.at(-1)).toBe('close second');
  });

  it('are verified by name, and by their address where they have no name', async () => {
    const { stores, opened } = bench();
    await stores.load();
    const tls = { authoritiesPem: 'PEM' };
    const both = [storeOf({ tls }), storeOf({ tls, host: '2001:db8::1' })];
    both.forEach(store => stores.of(store));
    stores.retain(both);
    expect(opened.map(options => options.tls)).toEqual([
      { ca: 'PEM', servername: 'redis.shop' },
      { ca: 'PEM', servername: undefined },
    ]);
  });

  it('tell once of a loss and of a return', async () => {
    const { stores, events, answers } = bench();
    await stores.load();
    const store = stores.of(storeOf());
    stores.retain([storeOf()]);
    const lost: SharedDecision = { kind: 'unavailable', reason: 'no answer within 100 ms' };
    answers.push(ADMITTED, lost, lost, ADMITTED, ADMITTED);
    for (let i = 0; i < 5; i++) await store.admit([]);
    expect(events.slice(1)).toEqual([
      'answered',
      'unavailable',
      'redis://redis.shop:6379/0 lost no answer within 100 ms',
      'unavailable',
      'answered',
      'redis://redis.shop:6379/0 returned',
      'answered',
    ]);
  });
});
