// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from 'node:net';
import { socketAddressFromText } from '../listen/socket-address.ts';

/** One end of a connection; an IP address without brackets. */
export interface PeerAddress {
  readonly address: string;
  readonly port: number;
}

/** Both ends of the client's connection: `source` is the client, `destination` what it connected to. */
export interface ProxiedEnds {
  readonly source: PeerAddress;
  readonly destination: PeerAddress;
}

/** Begins every header of version 2. */
export const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
export const V2_HEAD_BYTES = 16;
const V2_PROXY_COMMAND = 0x21;
const V2_LOCAL_COMMAND = 0x20;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

/**
 * A PROXY header that tells a backend who the client is (haproxy's proxy-protocol.txt). Where the ends are not of one family,
 * as behind a balancer that translates, it says honestly that it does not know (v1 UNKNOWN, v2 an unspecified family).
 */
export function proxyHeader(version: 'v1' | 'v2', { source, destination }: ProxiedEnds): Buffer {
  const family = familyOf(source.address, destination.address);
  return version === 'v1' ? textHeader(family, { source, destination }) : binaryHeader(family, { source, destination });
}

/** A PROXY header for a connection that is the gateway's own, and no client's: v1 UNKNOWN, v2 LOCAL. */
export function localProxyHeader(version: 'v1' | 'v2'): Buffer {
  if (version === 'v1') return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  const head = Buffer.alloc(V2_HEAD_BYTES);
  V2_SIGNATURE.copy(head);
  head.writeUInt8(V2_LOCAL_COMMAND, 12);
  return head;
}

function textHeader(family: 4 | 6 | undefined, { source, destination }: ProxiedEnds): Buffer {
  if (family === undefined) return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  const line = `PROXY TCP${family} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`;
  return Buffer.from(line, 'latin1');
}

function binaryHeader(family: 4 | 6 | undefined, { source, destination }: ProxiedEnds): Buffer {
  const ends =
    family === undefined ? [] : [addressBytes(source), addressBytes(destination), portBytes(source), portBytes(destination)];
  const body = Buffer.concat(ends);
  const head = Buffer.alloc(V2_HEAD_BYTES);
  V2_SIGNATURE.copy(head);
  head.writeUInt8(V2_PROXY_COMMAND, 12);
  if (family !== undefined) head.writeUInt8(family === 4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6, 13);
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, body]);
}

function familyOf(source: string, destination: string): 4 | 6 | undefined {
  if (isIPv4(source) && isIPv4(destination)) return 4;
  return isIPv6(source) && isIPv6(destination) ? 6 : undefined;
}

/** As in a `sockaddr`, which is network order too. */
function addressBytes({ address }: PeerAddress): Buffer {
  const { bytes } = socketAddressFromText(address, 0);
  return isIPv4(address) ? bytes.subarray(4, 8) : bytes.subarray(8, 24);
}

function portBytes({ port }: PeerAddress): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}
