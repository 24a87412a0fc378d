// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

function after(...fields: readonly (readonly [string, string])[]): number {
  return retryAfterMs(HeaderList.of(...fields), { wallMs: () => NOW });
}

describe('when a server wants to be asked again', () => {
  it.each([
    ['2', 2000],
    ['0', 0],
    ['Thu, 01 Jan 2026 12:00:05 GMT', 5000],
    ['Thursday, 01-Jan-26 12:00:05 GMT', 5000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-1', 0],
    ['1.5', 0],
    ['2026', 2_026_000],
    ['Thu, nonsense', 0],
    ['', 0],
  ])('is said by Retry-After: %s', (text, ms) => {
    expect(after(['retry-after', text])).toBe(ms);
  });

  it.each([
    ['15', 15],
    ['-1', Infinity],
    ['never', Infinity],
  ])('is said by grpc-retry-pushback-ms: %s, before Retry-After', (text, ms) => {
    expect(after(['retry-after', '7'], ['grpc-retry-pushback-ms', text])).toBe(ms);
  });

  it('is not said without a field', () => {
    expect(after()).toBe(0);
  });
});
