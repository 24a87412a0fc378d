// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, addressText } from './address-bytes.ts';

describe('the bytes of an address', () => {
  it.each([
    ['192.0.2.7', 'c0000207'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['::ffff:192.0.2.7', '00000000000000000000ffffc0000207'],
  ])('of %s', (address, hex) => {
    expect(addressBytes(address).toString('hex')).toBe(hex);
    expect(addressText(Buffer.from(hex, 'hex'))).toBe(address);
  });

  it('are read back as they were written', () => {
    const lengths = fc.constantFrom(4, 16).chain(length => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(lengths, bytes => {
        const text = addressText(bytes);
        expect(isIPv6(text)).toBe(bytes.length === 16);
        expect([...addressBytes(text)]).toStrictEqual([...bytes]);
      }),
    );
  });
});
