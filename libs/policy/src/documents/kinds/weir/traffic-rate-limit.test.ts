// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { rateLimit } from './traffic-rate-limit.ts';

type Fields = Readonly<Record<string, unknown>>;

function faultsOf(fields: Fields): readonly string[] {
  const { error } = rateLimit.safeParse({ name: 'all', windows: [{ requests: 10, per: '1m' }], ...fields });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message.split('\n')[0]!}`);
}

describe('a rate limit as it is written', () => {
  it.each([
    ['costs what no window ever admits', { cost: 11 }, 'cost is more than window 0 ever admits at once'],
    [
      'costs more than its burst',
      { cost: 5, windows: [{ requests: 10, per: '1m', burst: 4 }] },
      'cost is more than window 0 ever admits at once',
    ],
    [
      'has a burst that no SlidingWindow knows',
      { algorithm: 'SlidingWindow', windows: [{ requests: 10, per: '1m', burst: 4 }] },
      'windows.0.burst has no effect on a SlidingWindow',
    ],
    [
      'takes years to fill',
      { windows: [{ requests: 1, per: '768h', burst: 1_000_000 }] },
      'windows.0.burst takes more than a year to come back at that rate',
    ],
    ['names no field', { key: [{ by: 'Header' }] }, 'key.0.header is missing, and by: Header needs it'],
    ['has no expression', { key: [{ by: 'Expression' }] }, 'key.0.cel is missing, and by: Expression needs it'],
    ['names a field in vain', { key: [{ by: 'Address', header: 'x' }] }, 'key.0.header has no effect with by: Address'],
    [
      'names a claim in vain',
      { key: [{ by: 'Header', header: 'x', claim: ['a'] }] },
      'key.0.claim has no effect with by: Header',
    ],
  ] satisfies readonly [string, Fields, string][])('is refused where it %s', (_, fields, fault) => {
    expect(faultsOf(fields)).toEqual([fault]);
  });

  it.each([
    ['whose cost is all that it admits', { cost: 10 }],
    ['for a month', { windows: [{ requests: 1_000_000, per: '768h' }] }],
  ] satisfies readonly [string, Fields][])('is taken %s', (_, fields) => {
    expect(faultsOf(fields)).toEqual([]);
  });
});
