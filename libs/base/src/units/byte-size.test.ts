// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseByteSize } from './byte-size.ts';

describe('parseByteSize', () => {
  it.each([
    ['0B', 0],
    ['100B', 100],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
  ])('reads %s', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', '1', '1MB', '1M', '1Mi', '1.5MiB', '-1B', ' 1B', '1 KiB', '1kib', '999999999999999GiB'])('refuses %j', text => {
    expect(() => parseByteSize(text)).toThrow(RangeError);
  });

  it('says what was found and what to write', () => {
    expect(() => parseByteSize('1MB')).toThrow(
      '"1MB" is no size; write a whole number with B, KiB, MiB or GiB, such as 64KiB or 1MiB',
    );
  });
});
