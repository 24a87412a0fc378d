// SPDX-License-Identifier: Apache-2.0
import { BlockList } from 'node:net';
import { addressText } from '@weir/proxy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cidrFromText, formatCidr, isIpv6, mergeCidrs } from './cidr-set.ts';
import type { Cidr } from './cidr-set.ts';

/** Addresses that differ in few bits, so that ranges meet. */
const addresses = fc
  .tuple(fc.constantFrom(4, 16), fc.constantFrom(0x20, 0x21), fc.constantFrom(0, 1, 0x80, 0xff))
  .map(([length, first, last]) =>
    Buffer.alloc(length, 0)
      .fill(first, 0, 1)
      .fill(last, length - 1),
  );
const cidrs = fc.array(
  fc.tuple(addresses, fc.nat(128)).map(([bytes, bits]) => {
    const prefixBits = Math.min(bits, 8 * bytes.length);
    return parsed(`${addressText(cut(bytes, prefixBits))}/${prefixBits}`);
  }),
);

function cut(bytes: Buffer, prefixBits: number): Buffer {
  return bytes.map((byte, i) => (8 * i >= prefixBits ? 0 : byte & (0xff00 >> Math.min(8, prefixBits - 8 * i)))) as Buffer;
}

function parsed(text: string): Cidr {
  const cidr = cidrFromText(text);
  if (typeof cidr === 'string') throw new Error(`${text} ${cidr}`);
  return cidr;
}

function has(all: readonly Cidr[], address: Buffer): boolean {
  const list = new BlockList();
  const family = address.length === 16 ? 'ipv6' : 'ipv4';
  const ofFamily = all.filter(cidr => isIpv6(cidr) === (family === 'ipv6'));
  for (const { bytes, prefixBits } of ofFamily) list.addSubnet(addressText(bytes), prefixBits, family);
  return list.check(addressText(address), family);
}

describe('a range of addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0::/32', '2001:db8::/32'],
    ['2001:db8::1', '2001:db8::1'],
    ['::/0', '::/0'],
  ])('is read from %s', (text, normal) => {
    expect(formatCidr(parsed(text))).toBe(normal);
  });

  it.each([
    ['', 'is neither an IP address nor a CIDR'],
    ['db.example', 'is neither an IP address nor a CIDR'],
    ['fe80::1%eth0', 'is neither an IP address nor a CIDR'],
    ['10.0.0.0/8/8', 'is neither an IP address nor a CIDR'],
    ['10.0.0.0/33', 'has no prefix length from 0 to 32'],
    ['2001:db8::/129', 'has no prefix length from 0 to 128'],
    ['10.0.0.0/', 'has no prefix length from 0 to 32'],
    ['10.0.0.1/8', 'has bits behind its prefix: write 10.0.0.0/8, or 10.0.0.1 alone'],
    ['2001:db8::1/64', 'has bits behind its prefix: write 2001:db8::/64, or 2001:db8::1 alone'],
    ['::ffff:10.0.0.1', 'is IPv4 in the form of IPv6, which no connection has: write it as IPv4'],
  ])('is not read from %j', (text, reason) => {
    expect(cidrFromText(text)).toBe(reason);
  });

  it('has the same addresses when it is merged with others, of which none is inside another', () => {
    fc.assert(
      fc.property(cidrs, addresses, (all, address) => {
        const merged = mergeCidrs(all);
        expect(has(merged, address)).toBe(has(all, address));
        for (const cidr of merged) {
          expect(
            merged.filter(other => other !== cidr && has([other], cidr.bytes) && other.prefixBits <= cidr.prefixBits),
          ).toStrictEqual([]);
        }
      }),
    );
  });
});
