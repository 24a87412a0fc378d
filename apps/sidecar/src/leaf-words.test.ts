// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { healthUntil, leafNews, leafWords } from './leaf-words.ts';

const END_MS = Date.UTC(2026, 0, 2);
const HOUR_MS = 3_600_000;
const held = { isReady: true, notAfterMs: END_MS, failure: undefined };

describe('what readiness says of a leaf', () => {
  it('is nothing as long as it is renewed in time, whatever a single attempt comes to', () => {
    expect(leafWords({ ...held, state: 'valid', expiresInMs: HOUR_MS, failure: 'away' })).toEqual({});
  });

  it('is a warning near its end, with how long there is and why it is not renewed', () => {
    const health = { ...held, state: 'expiring', expiresInMs: HOUR_MS + 1_999, failure: 'the control plane is away' } as const;
    const warning = 'the certificate expires in 1h1s, at 2026-01-02T00:00:00.000Z, and is not renewed: the control plane is away';
    expect(leafWords(health)).toEqual({ warning });
    expect(leafNews(health)).toBe(warning);
  });

  it('is an obstacle when it has ended', () => {
    const health = { ...held, state: 'expired', isReady: false, expiresInMs: -1, failure: 'away' } as const;
    expect(leafWords(health)).toEqual({
      obstacle: 'the certificate expired at 2026-01-02T00:00:00.000Z, and others refuse it: away',
    });
  });

  it('is an obstacle before there is one, with what the first attempt failed of', () => {
    const health = { state: 'none', isReady: false, notAfterMs: undefined, expiresInMs: undefined, failure: 'away' } as const;
    expect(leafWords(health)).toEqual({ obstacle: 'there is no certificate yet: away' });
  });

  it('tells the log when it is good again', () => {
    expect(leafNews({ ...held, state: 'valid', expiresInMs: HOUR_MS })).toBe(
      'the certificate is renewed, and good until 2026-01-02T00:00:00.000Z',
    );
  });
});

describe('the health of a leaf that nobody renews', () => {
  it.each([
    [0, 'none'],
    [END_MS, 'expired'],
    [END_MS + 1, 'valid'],
  ])('goes by its end alone (%d)', (notAfterMs, state) => {
    expect(healthUntil(notAfterMs, END_MS).state).toBe(state);
  });
});
