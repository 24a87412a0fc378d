// SPDX-License-Identifier: Apache-2.0
import { isIPv4 } from 'node:net';
import { cidrFromText } from '../../documents/kinds/weir/cidr.ts';
import { parseAddress } from '../gateway/address.ts';

/** As a number, from its first bit; `length` is that of the prefix. */
interface Range {
  readonly bits: bigint;
  readonly length: number;
}

/** Every sidecar holds all of them, and there may be thousands of nodes. */
const MAX_RANGES_OF_FAMILY = 128;
const FAMILIES = [
  { width: 32, isOf: (address: string): boolean => isIPv4(address) },
  { width: 128, isOf: (address: string): boolean => !isIPv4(address) },
];

/** How much around an address is the same network's: what one node has, as a rule. */
const NEIGHBOURHOOD = { ipv4: 24, ipv6: 64 };

/**
 * These CIDRs, sorted, without those that lie in others, neighbours joined; what is no CIDR is left out. Where there are still too many,
 * wider ones.
 */
export function joinRanges(texts: readonly string[]): readonly string[] {
  const cidrs = [...new Set(texts)].flatMap(text => cidrFromText(text) ?? []);
  return FAMILIES.flatMap(({ width, isOf }) => {
    const own = cidrs.filter(cidr => isOf(addressOf(cidr))).map(cidr => rangeFrom(cidr, width));
    return bounded(joined(own, width), width).map(range => formatRange(range, width));
  });
}

/** The CIDR around an address. */
export function neighbourhoodOf(address: string): string {
  const { ipv4, ipv6 } = NEIGHBOURHOOD;
  const [length, width] = isIPv4(address) ? [ipv4, 32] : [ipv6, 128];
  return formatRange(rangeFrom(`${address}/${length}`, width), width);
}

/** Without those that lie in others; two halves of one range are that range. */
function joined(ranges: readonly Range[], width: number): readonly Range[] {
  const sorted = [...ranges].sort(compare);
  const kept: Range[] = [];
  for (const range of sorted) {
    if (kept.some(other => contains(other, range, width))) continue;
    kept.push(range);
    while (joinLast(kept, width));
  }
  return kept;
}

function joinLast(kept: Range[], width: number): boolean {
  const [left, right] = kept.slice(-2);
  if (left === undefined || right === undefined) return false;
  if (left.length !== right.length || left.length === 0) return false;
  const parent = widened(left, left.length - 1, width);
  if (!contains(parent, right, width)) return false;
  kept.splice(-2, 2, parent);
  return true;
}

function bounded(ranges: readonly Range[], width: number): readonly Range[] {
  let found = ranges;
  for (let length = width - 1; found.length > MAX_RANGES_OF_FAMILY; length--) {
    found = joined(
      found.map(range => (range.length > length ? widened(range, length, width) : range)),
      width,
    );
  }
  return found;
}

function contains(outer: Range, inner: Range, width: number): boolean {
  return outer.length <= inner.length && widened(inner, outer.length, width).bits === outer.bits;
}

function widened({ bits }: Range, length: number, width: number): Range {
  const shift = BigInt(width - length);
  return { bits: (bits >> shift) << shift, length };
}

function compare(left: Range, right: Range): number {
  if (left.bits !== right.bits) return left.bits < right.bits ? -1 : 1;
  return left.length - right.length;
}

function addressOf(cidr: string): string {
  return cidr.slice(0, cidr.indexOf('/'));
}

function rangeFrom(cidr: string, width: number): Range {
  const address = addressOf(cidr);
  const length = Number(cidr.slice(address.length + 1));
  return widened({ bits: width === 32 ? ipv4Bits(address) : ipv6Bits(address), length }, length, width);
}

function ipv4Bits(address: string): bigint {
  return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function ipv6Bits(text: string): bigint {
  // In that form there is no IPv4 address at the end.
  const [head = '', tail] = (parseAddress(text) ?? '').split('::');
  const groups = (part = ''): readonly string[] => part.split(':').filter(group => group !== '');
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function formatRange({ bits, length }: Range, width: number): string {
  return `${width === 32 ? ipv4Text(bits) : ipv6Text(bits)}/${length}`;
}

function ipv4Text(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => String((bits >> shift) & 0xffn)).join('.');
}

function ipv6Text(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return parseAddress(groups.join(':')) ?? '';
}
