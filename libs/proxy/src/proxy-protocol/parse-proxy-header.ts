// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { V2_HEAD_BYTES, V2_SIGNATURE } from './proxy-header.ts';
import type { PeerAddress } from './proxy-header.ts';

/** A PROXY header that is complete. */
export interface ParsedProxyHeader {
  /** Bytes that it takes; what follows is the client's. */
  readonly length: number;
  /** Who the client is; undefined where the header says that the connection is the balancer's own, or not of IP. */
  readonly source: PeerAddress | undefined;
}

const V1_BEGIN = Buffer.from('PROXY ', 'latin1');
/** The longest line that version 1 can have, line end included. */
const V1_MAX_BYTES = 107;

/**
 * Reads the PROXY header at the beginning of a connection, strictly (haproxy's proxy-protocol.txt): a balancer that is
 * configured to send one always does. Undefined = it is not complete yet. Throws Fault `bad_request`.
 */
export function parseProxyHeader(bytes: Buffer): ParsedProxyHeader | undefined {
  if (startsLike(bytes, V2_SIGNATURE)) return bytes.length < V2_HEAD_BYTES ? undefined : parseBinary(bytes);
  if (startsLike(bytes, V1_BEGIN)) return parseText(bytes);
  throw malformed('the connection does not begin with one, as is required of this address');
}

/** Whether the bytes there are do not contradict `start`. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function parseText(bytes: Buffer): ParsedProxyHeader | undefined {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
  if (end === -1) {
    if (bytes.length >= V1_MAX_BYTES) throw malformed(`no line end within ${V1_MAX_BYTES} bytes`);
    return undefined;
  }
  const length = end + 2;
  const words = bytes.toString('latin1', 0, end).split(' ');
  if (words[1] === 'UNKNOWN') return { length, source: undefined };
  if (words.length !== 6) throw malformed('the line has not six words');
  return { length, source: sourceFromWords(words.slice(1)) };
}

function sourceFromWords(words: readonly string[]): PeerAddress {
  const [family = '', address = '', destination = '', port = '', destinationPort = ''] = words;
  if (family !== 'TCP4' && family !== 'TCP6') throw malformed('the line is not of TCP4, TCP6 or UNKNOWN');
  const isAddress = (text: string): boolean => (family === 'TCP4' ? isIPv4(text) : isIPv6(text));
  if (![address, destination].every(isAddress)) throw malformed(`an address is not of ${family}`);
  if (![port, destinationPort].every(isPort)) throw malformed('a port is not a number up to 65535');
  return { address, port: Number(port) };
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

const LOCAL = 0;
const PROXY = 1;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

function parseBinary(bytes: Buffer): ParsedProxyHeader | undefined {
  const versionAndCommand = bytes.readUInt8(12);
  const command = versionAndCommand % 16;
  if (versionAndCommand >> 4 !== 2 || command > PROXY) throw malformed('version or command are not of version 2');
  const family = bytes.readUInt8(13) >> 4;
  const bodyLength = bytes.readUInt16BE(14);
  const length = V2_HEAD_BYTES + bodyLength;
  const needed = command === LOCAL ? 0 : addressLength(family);
  if (bodyLength < needed) throw malformed(`${bodyLength} bytes are too few for the addresses of its family`);
  if (bytes.length < length) return undefined;
  return { length, source: command === LOCAL ? undefined : sourceOf(bytes, family) };
}

/** Of both addresses and ports; families other than IP are skipped by their length. */
function addressLength(family: number): number {
  if (family === FAMILY_IPV4) return 12;
  return family === FAMILY_IPV6 ? 36 : 0;
}

function sourceOf(bytes: Buffer, family: number): PeerAddress | undefined {
  if (family === FAMILY_IPV4) {
    return { address: bytes.subarray(16, 20).join('.'), port: bytes.readUInt16BE(24) };
  }
  if (family !== FAMILY_IPV6) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(16 + 2 * i).toString(16));
  const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
  return { address, port: bytes.readUInt16BE(48) };
}

function malformed(detail: string): Fault {
  return new Fault('bad_request', `PROXY header: ${detail}`);
}
