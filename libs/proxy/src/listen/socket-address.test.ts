// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { hostPort, overlaps, socketAddressFromText } from './socket-address.ts';

const hex = (address: string): string => socketAddressFromText(address, 0x1f90).bytes.toString('hex');

describe('a socket address', () => {
  it('carries an IPv4 address and port in network order', () => {
    expect(hex('127.0.0.1')).toBe('02001f907f0000010000000000000000');
  });

  it.each([
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::1:2', 'fe800000000000000000000000010002'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['::ffff:127.0.0.1', '00000000000000000000ffff7f000001'],
    ['2001:db8::', '20010db8000000000000000000000000'],
  ])('carries the groups of %s', (address, groups) => {
    expect(hex(address)).toBe(`0a001f9000000000${groups}00000000`);
  });

  it('refuses what is not an address', () => {
    expect(() => hex('localhost')).toThrow('Invalid socket address');
  });
});

describe('two addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.2', true],
    ['::', '::1', true],
    ['::', '127.0.0.1', true],
    ['::', '0.0.0.0', true],
    ['0.0.0.0', '::1', false],
  ])('%s and %s: overlap is %s', (left, right, expected) => {
    expect(overlaps(left, right)).toBe(expected);
    expect(overlaps(right, left)).toBe(expected);
  });

  it('are written with brackets for IPv6', () => {
    expect([hostPort('127.0.0.1', 80), hostPort('::1', 80)]).toStrictEqual(['127.0.0.1:80', '[::1]:80']);
  });
});
