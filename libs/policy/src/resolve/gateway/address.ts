// SPDX-License-Identifier: Apache-2.0
import { isIP, isIPv4, isIPv6 } from 'node:net';

const ANY_IPV4 = '0.0.0.0';
const ANY_IPV6 = '::';

/** The one way to write an IP address (RFC 5952), or undefined for anything else. */
export function parseAddress(text: string): string | undefined {
  switch (isIP(text)) {
    case 4:
      return text;
    case 6:
      return text.includes('%') ? undefined : new URL(`http://[${text}]`).hostname.slice(1, -1);
    default:
      return undefined;
  }
}

/** Whether one port cannot be bound on both: they are equal, or one stands for every address of the machine. */
export function addressesOverlap(left: string, right: string): boolean {
  return left === right || coversAddress(left, right) || coversAddress(right, left);
}

/** What is left to bind when wildcard addresses are among them. */
export function distinctAddresses(addresses: readonly string[]): readonly string[] {
  const unique = [...new Set(addresses)];
  return unique.filter(address => !unique.some(other => other !== address && coversAddress(other, address)));
}

/** Sockets on `::` take IPv4 too (RFC 3493 §3.7, the default of Node). */
function coversAddress(wildcard: string, address: string): boolean {
  if (wildcard === address) return false;
  return wildcard === ANY_IPV6 ? isIPv4(address) || isIPv6(address) : wildcard === ANY_IPV4 && isIPv4(address);
}
