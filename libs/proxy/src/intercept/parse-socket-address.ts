// SPDX-License-Identifier: Apache-2.0
import { addressText } from '../listen/address-bytes.ts';
import { AF_INET, AF_INET6 } from '../listen/socket-calls.ts';

/** An IP address and port. */
export interface AddressAndPort {
  /** Without zone; IPv6 in its short form (RFC 5952). */
  readonly address: string;
  readonly port: number;
}

/** Reads a `sockaddr_in` or `sockaddr_in6` as the kernel writes it. Undefined for any other family, and for one that is cut short. */
export function parseSocketAddress(bytes: Buffer): AddressAndPort | undefined {
  if (bytes.length < 2) return undefined;
  switch (bytes.readUInt16LE(0)) {
    case AF_INET:
      return bytes.length < 8 ? undefined : { address: addressText(bytes.subarray(4, 8)), port: bytes.readUInt16BE(2) };
    case AF_INET6:
      return bytes.length < 24 ? undefined : { address: addressText(bytes.subarray(8, 24)), port: bytes.readUInt16BE(2) };
    default:
      return undefined;
  }
}
