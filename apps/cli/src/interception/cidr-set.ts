// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import { addressBytes, addressText } from '@weir/proxy';

/** A range of addresses; what its prefix does not cover is zero. */
export interface Cidr {
  /** 4 bytes of IPv4 or 16 of IPv6. */
  readonly bytes: Buffer;
  readonly prefixBits: number;
}

const IPV6_BYTES = 16;
const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex');

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or one address. Returns the reason where it is none of them. */
export function cidrFromText(text: string): Cidr | string {
  const [address = '', length, ...rest] = text.split('/');
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return 'is neither an IP address nor a CIDR';
  const bytes = addressBytes(address);
  const bits = 8 * bytes.length;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= bits)) {
    return `has no prefix length from 0 to ${bits}`;
  }
  if (isMapped(bytes)) return 'is IPv4 in the form of IPv6, which no connection has: write it as IPv4';
  const prefixBits = length === undefined ? bits : Number(length);
  const network = masked(bytes, prefixBits);
  if (network.equals(bytes)) return { bytes, prefixBits };
  return `has bits behind its prefix: write ${addressText(network)}/${prefixBits}, or ${address} alone`;
}

export function isIpv6({ bytes }: Cidr): boolean {
  return bytes.length === IPV6_BYTES;
}

/** The same addresses without ranges inside others, in order: what means the same is written the same. */
export function mergeCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  const kept: Cidr[] = [];
  // Two CIDRs overlap in one way only: the longer prefix is inside the shorter one.
  const widestFirst = cidrs.toSorted((left, right) => left.prefixBits - right.prefixBits);
  for (const cidr of widestFirst) if (!kept.some(wider => contains(wider, cidr))) kept.push(cidr);
  return kept.toSorted((left, right) => Buffer.compare(left.bytes, right.bytes));
}

export function formatCidr({ bytes, prefixBits }: Cidr): string {
  const address = addressText(bytes);
  return prefixBits === 8 * bytes.length ? address : `${address}/${prefixBits}`;
}

function isMapped(bytes: Buffer): boolean {
  return bytes.length === IPV6_BYTES && bytes.subarray(0, MAPPED_PREFIX.length).equals(MAPPED_PREFIX);
}

function contains(wider: Cidr, inner: Cidr): boolean {
  return masked(inner.bytes, wider.prefixBits).equals(wider.bytes);
}

function masked(bytes: Buffer, prefixBits: number): Buffer {
  return Buffer.from(bytes.map((byte, i) => byte & (0xff << Math.max(0, Math.min(8, 8 * (i + 1) - prefixBits)))));
}
