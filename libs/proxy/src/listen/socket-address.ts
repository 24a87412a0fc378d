// SPDX-License-Identifier: Apache-2.0
import { isIPv4, SocketAddress as NodeSocketAddress } from 'node:net';
import { AF_INET, AF_INET6 } from './socket-calls.ts';
import type { SocketAddress } from './socket-calls.ts';

const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/** `sockaddr_in` or `sockaddr_in6` of an IP address. Throws ERR_INVALID_ADDRESS where `address` is not one. */
export function socketAddressFromText(address: string, port: number): SocketAddress {
  return isIPv4(address) ? ipv4Address(address, port) : ipv6Address(address, port);
}

/** Whether an address stands for every address of its family. */
export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Whether two sockets bound to these addresses would want the same connections: one of `::` takes those of IPv4, too. */
export function overlaps(left: string, right: string): boolean {
  if (left === right || left === '::' || right === '::') return true;
  return isIPv4(left) === isIPv4(right) && (isWildcard(left) || isWildcard(right));
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function ipv4Address(address: string, port: number): SocketAddress {
  const bytes = Buffer.alloc(SOCKADDR_IN_BYTES);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  address.split('.').forEach((part, i) => bytes.writeUInt8(Number(part), 4 + i));
  return { family: AF_INET, bytes };
}

function ipv6Address(address: string, port: number): SocketAddress {
  const bytes = Buffer.alloc(SOCKADDR_IN6_BYTES);
  bytes.writeUInt16LE(AF_INET6, 0);
  bytes.writeUInt16BE(port, 2);
  groupsOfIpv6(address).forEach((group, i) => bytes.writeUInt16BE(group, 8 + 2 * i));
  return { family: AF_INET6, bytes };
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function groupsOfIpv6(text: string): readonly number[] {
  // Node refuses what is not an address, and compresses it in one way.
  const { address } = new NodeSocketAddress({ address: text, family: 'ipv6' });
  const [head = '', tail] = withoutDottedQuad(address).split('::');
  const left = parseGroups(head);
  if (tail === undefined) return left;
  const right = parseGroups(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function parseGroups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16));
}

/** `::ffff:127.0.0.1` → `::ffff:7f00:1`. */
function withoutDottedQuad(address: string): string {
  const start = address.lastIndexOf(':') + 1;
  const quad = address.slice(start);
  if (!isIPv4(quad)) return address;
  const [a = 0, b = 0, c = 0, d = 0] = quad.split('.').map(Number);
  return `${address.slice(0, start)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
