// SPDX-License-Identifier: Apache-2.0
import { isIPv4, SocketAddress } from 'node:net';
import { socketAddressFromText } from './socket-address.ts';

const IPV4_BYTES = 4;

/** The 4 or 16 bytes of an IP address, in network order. Throws ERR_INVALID_ADDRESS where it is none. */
export function addressBytes(address: string): Buffer {
  const { bytes } = socketAddressFromText(address, 0);
  return isIPv4(address) ? bytes.subarray(4, 8) : bytes.subarray(8, 24);
}

/** Writes 4 or 16 bytes as an IP address, IPv6 in its short form (RFC 5952), as Node writes the addresses of sockets. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
