// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from 'node:net';

/** Addresses here are IP addresses: asking the resolver for each datagram would cost a turn of the event loop. */
export function asItIs(address: string, _options: unknown, done: (error: null, address: string, family: number) => void): void {
  done(null, address, isIPv6(address) ? 6 : 4);
}
