// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { addressesOverlap, distinctAddresses, parseAddress } from './address.ts';

describe('an address', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['FD00::A', 'fd00::a'],
    ['fe80::1%eth0', undefined],
    ['127.0.0.1:80', undefined],
    ['shop.example', undefined],
    ['', undefined],
  ])('%s is read as %s', (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.1', true],
    ['0.0.0.0', '::1', false],
    ['::', '127.0.0.1', true],
    ['::', '::1', true],
  ])('%s and %s take each other’s ports: %s', (left, right, isOverlap) => {
    expect(addressesOverlap(left, right)).toBe(isOverlap);
    expect(addressesOverlap(right, left)).toBe(isOverlap);
  });

  it('is bound once, and not beside the one that covers it', () => {
    expect(distinctAddresses(['127.0.0.1', '127.0.0.1', '::1'])).toEqual(['127.0.0.1', '::1']);
    expect(distinctAddresses(['127.0.0.1', '0.0.0.0', '::1'])).toEqual(['0.0.0.0', '::1']);
  });
});
