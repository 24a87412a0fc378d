// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText } from '../listen/address-bytes.ts';
import { socketAddressFromText } from '../listen/socket-address.ts';
import { parseSocketAddress } from './parse-socket-address.ts';

describe('a socket address', () => {
  it.each([
    ['02001f90c63364070000000000000000', { address: '198.51.100.7', port: 8080 }],
    ['0a001f900000000020010db800000000000000000000000700000000', { address: '2001:db8::7', port: 8080 }],
  ])('is read from %s', (hex, expected) => {
    expect(parseSocketAddress(Buffer.from(hex, 'hex'))).toStrictEqual(expected);
  });

  it.each(['', '02', '02001f90c63364', '0a001f900000000020010db8', '01001f90c63364070000000000000000'])(
    'is not read from %j',
    hex => {
      expect(parseSocketAddress(Buffer.from(hex, 'hex'))).toBeUndefined();
    },
  );

  it('is read as it is written', () => {
    const bytes = fc.constantFrom(4, 16).chain(length => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(bytes, fc.nat(65_535), (address, port) => {
        const text = addressText(address);
        expect(parseSocketAddress(socketAddressFromText(text, port).bytes)).toStrictEqual({ address: text, port });
      }),
    );
  });
});
