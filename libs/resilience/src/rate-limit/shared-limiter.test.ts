// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { compileRateLimit } from './rate-limit.ts';
import { RATE_LIMIT_SCRIPT, RATE_LIMIT_SCRIPT_SHA } from './redis-script.ts';
import { createSharedLimiter } from './shared-limiter.ts';
import type { RedisScripts, SharedLimiterOptions } from './shared-limiter.ts';

const LIMIT = compileRateLimit('ns/policy/limit', [
  { algorithm: 'tokenBucket', name: 'minute', quota: 1_000, windowMs: 60_000, burst: 50 },
  { algorithm: 'slidingWindow', name: 'day', quota: 10, windowMs: 86_400_000 },
]);
const CHARGES = [{ limit: LIMIT, key: 'alice@example.com', cost: 2 }];
const ADMITTED = [1, 48, 120_000, 0, 1, 8, 91_800_000_000, 0];

function limiterOf(redis: Partial<RedisScripts>, options: Partial<SharedLimiterOptions> = {}) {
  const clock = createManualClock();
  const scripts: RedisScripts = {
    evalsha: () => Promise.resolve(ADMITTED),
    load: () => Promise.reject(new Error('not asked for')),
    ...redis,
  };
  return { clock, limiter: createSharedLimiter({ redis: scripts, guard: call => call(), clock, deadlineMs: 50, ...options }) };
}

describe('the shared limiter', () => {
  it('sends each window its numbers, and the keys as digests only', async () => {
    const calls: Parameters<RedisScripts['evalsha']>[] = [];
    const { limiter } = limiterOf({
      evalsha: (...call) => {
        calls.push(call);
        return Promise.resolve(ADMITTED);
      },
    });
    await limiter.admit(CHARGES);
    const [sha, keys, args] = calls[0]!;
    expect(sha).toBe(RATE_LIMIT_SCRIPT_SHA);
    expect(keys).toEqual(LIMIT.windows.map(({ id }) => `weir:rate:${id}:ff8d9819fc0e12bf0d24892e45987e24`));
    expect(args).toEqual(['bucket', '2', '480000', '24000000', '0', 'sliding', '2', '10', '5400000000', '86400000000']);
  });

  it('gives the decision and the state of each window', async () => {
    const { limiter } = limiterOf({ evalsha: () => Promise.resolve([1, 48, 120_000, 0, 0, 1, 500, 7_500]) });
    expect(await limiter.admit(CHARGES)).toMatchObject({
      kind: 'decided',
      decision: {
        isAdmitted: false,
        retryAfterMs: 7.5,
        states: [
          { isAdmitted: true, remaining: 48, resetMs: 120, retryAfterMs: 0 },
          { isAdmitted: false, remaining: 1, resetMs: 0.5, retryAfterMs: 7.5 },
        ],
      },
    });
  });

  it('says that no waiting helps what costs more than a window has', async () => {
    const { limiter } = limiterOf({ evalsha: () => Promise.resolve([1, 48, 120_000, 0, 0, 10, 0, 86_400_000]) });
    expect(await limiter.admit([{ ...CHARGES[0]!, cost: 11 }])).toMatchObject({ decision: { retryAfterMs: Infinity } });
  });

  it('loads the script once where the server does not know it, however many requests find that', async () => {
    const loaded: string[] = [];
    const { limiter } = limiterOf({
      evalsha: () => (loaded.length > 0 ? Promise.resolve(ADMITTED) : Promise.reject(new Error('NOSCRIPT No matching script.'))),
      load: async script => loaded.push(script),
    });
    const decisions = await Promise.all([limiter.admit(CHARGES), limiter.admit(CHARGES)]);
    expect(decisions.map(({ kind }) => kind)).toEqual(['decided', 'decided']);
    expect(loaded).toEqual([RATE_LIMIT_SCRIPT]);
  });

  it('is unavailable at the deadline, and leaves no timer behind', async () => {
    const { limiter, clock } = limiterOf({ evalsha: () => Promise.withResolvers().promise });
    const pending = limiter.admit(CHARGES);
    clock.advance(50);
    expect(await pending).toEqual({ kind: 'unavailable', reason: 'no answer within 50 ms' });
    expect(clock.pendingTimerCount()).toBe(0);
  });

  it.each([
    ['an error', () => Promise.reject(new Error('LOADING Redis is loading')), 'LOADING Redis is loading'],
    ['an error again after loading', () => Promise.reject(new Error('NOSCRIPT No matching script.')), 'not asked for'],
    ['too little', () => Promise.resolve([1, 2]), 'the rate-limit script answered [1,2] for 2 counters'],
    ['words', () => Promise.resolve('OK'), 'the rate-limit script answered "OK" for 2 counters'],
  ])('is unavailable when Redis answers %s', async (_, evalsha, reason) => {
    const { limiter, clock } = limiterOf({ evalsha });
    expect(await limiter.admit(CHARGES)).toEqual({ kind: 'unavailable', reason });
    expect(clock.pendingTimerCount()).toBe(0);
  });

  it('is unavailable, and does not call, where the guard does not let it', async () => {
    const { limiter } = limiterOf(
      { evalsha: () => Promise.reject(new Error('called')) },
      { guard: () => Promise.reject(new Error('Breaker is open')) },
    );
    expect(await limiter.admit(CHARGES)).toEqual({ kind: 'unavailable', reason: 'Breaker is open' });
  });
});
