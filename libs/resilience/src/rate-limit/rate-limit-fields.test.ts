// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { formatRateLimit, formatRateLimitPolicy, formatRetryAfter } from './rate-limit-fields.ts';
import { compileRateLimit } from './rate-limit.ts';
import type { RateWindowSpec } from './rate-limit.ts';
import type { RateState } from './rate-state.ts';

const BURST: RateWindowSpec = { algorithm: 'tokenBucket', name: 'burst', quota: 100, windowMs: 60_000, burst: 100 };
const DAILY: RateWindowSpec = { algorithm: 'slidingWindow', name: 'daily', quota: 1_000, windowMs: 86_400_000 };

function stateOf(spec: RateWindowSpec, state: Partial<RateState> = {}): RateState {
  const window = compileRateLimit('ns/policy/limit', [spec]).windows[0]!;
  return { window, isAdmitted: true, remaining: 50, resetMs: 30_000, retryAfterMs: 0, ...state };
}

describe('RateLimit-Policy', () => {
  it('names each window with its quota and seconds', () => {
    expect(formatRateLimitPolicy([BURST, DAILY])).toBe('"burst";q=100;w=60, "daily";q=1000;w=86400');
  });

  it('has no window that is not a whole number of seconds', () => {
    expect(formatRateLimitPolicy([{ ...BURST, windowMs: 1_500 }])).toBe('"burst";q=100');
  });

  it('keeps a name within its quotes', () => {
    expect(formatRateLimitPolicy([{ ...DAILY, name: 'a"b\\c\r\né' }])).toBe('"a\\"b\\\\c???";q=1000;w=86400');
  });
});

describe('RateLimit', () => {
  it('says for each window what remains, and for how many seconds, rounded up', () => {
    const states = [stateOf(BURST), stateOf(DAILY, { remaining: 999, resetMs: 1 })];
    expect(formatRateLimit({ isAdmitted: true, retryAfterMs: 0, states })).toBe('"burst";r=50;t=30, "daily";r=999;t=1');
  });

  it('names only the windows that refused, until the request could be repeated', () => {
    const states = [stateOf(BURST), stateOf(DAILY, { isAdmitted: false, remaining: 0, retryAfterMs: 1_001 })];
    expect(formatRateLimit({ isAdmitted: false, retryAfterMs: 1_001, states })).toBe('"daily";r=0;t=2');
  });

  it('has no time for what is never admitted', () => {
    const states = [stateOf(BURST, { isAdmitted: false, remaining: 100, retryAfterMs: Infinity })];
    expect(formatRateLimit({ isAdmitted: false, retryAfterMs: Infinity, states })).toBe('"burst";r=100');
  });
});

describe('Retry-After', () => {
  it.each([
    [0.1, '1'],
    [1_000, '1'],
    [1_000.1, '2'],
    [59_999, '60'],
    [Infinity, undefined],
  ])('is %d ms in whole seconds, rounded up: %s', (retryAfterMs, value) => {
    expect(formatRetryAfter({ isAdmitted: false, retryAfterMs, states: [] })).toBe(value);
  });
});
