// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { AddressSet } from './address-set.ts';

describe('a set of addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.9.8.7', true],
    ['10.1.2.3/8', '10.9.8.7', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.0.2.7/32', '192.0.2.7', true],
    ['192.0.2.6/31', '192.0.2.8', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['2001:db8::/32', '2001:DB8:0::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::/0', '2001:db8::1', true],
  ])('%s and %s: %s', (cidr, address, isInside) => {
    expect(new AddressSet([cidr]).has(address)).toBe(isInside);
  });

  it('of all IPv6 has no address of IPv4, and of all IPv4 none of IPv6', () => {
    expect(['203.0.113.9', '::ffff:203.0.113.9'].map(address => new AddressSet(['::/0']).has(address))).toEqual([false, false]);
    expect(new AddressSet(['0.0.0.0/0']).has('2001:db8::1')).toBe(false);
  });

  it.each(['10.0.0.0/8', '::ffff:10.0.0.0/104', '::ffff:a00:0/104'])('has in %s an IPv4 address however it is written', cidr => {
    const written = ['10.0.0.1', '::ffff:10.0.0.1', '::FFFF:a00:1', '0:0:0:0:0:ffff:10.0.0.1'];
    expect(written.filter(address => !new AddressSet([cidr]).has(address))).toEqual([]);
  });

  it.each(['', 'unknown', '10.0.0.1:80', '010.0.0.1', '10.0.0'])('does not have what is no address: `%s`', text => {
    expect(new AddressSet(['0.0.0.0/0', '::/0']).has(text)).toBe(false);
  });
});
