// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import { shown } from './annotation-values.ts';
import type { ValueCheck } from './annotation-values.ts';

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const IPV6_GROUPS = 8;
/** `::ffff:192.0.2.7`: no connection has it. */
const MAPPED = /^::ffff:/i;

/** As `weir intercept` takes ranges: one that it refuses would keep a pod from starting, long after somebody wrote it. */
export const cidrProblem: ValueCheck = item => {
  const [address = '', length, ...rest] = item.split('/');
  const family = isIP(address);
  const bits = family === 4 ? IPV4_BITS : IPV6_BITS;
  const prefix = length === undefined ? bits : Number(length);
  const isRange = family !== 0 && rest.length === 0 && !/[%]/.test(address) && !MAPPED.test(address);
  if (!isRange || !/^\d{1,3}$/.test(length ?? '0') || prefix > bits) {
    return `${shown(item)} is no range of addresses: write such as 10.0.0.0/8 or 2001:db8::/32`;
  }
  const behind = (1n << BigInt(bits - prefix)) - 1n;
  return (numberOf(address) & behind) === 0n ? undefined : `${shown(item)} has bits behind its prefix: write its first address`;
};

function numberOf(address: string): bigint {
  if (isIP(address) === 4) return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  // As URLs write it, without an IPv4 address at its end.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array<string>(IPV6_GROUPS - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}
