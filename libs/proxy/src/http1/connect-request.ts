// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { splitAuthority } from '@weir/policy/snapshot';
import type { Limits } from '../engine/settings.ts';
import { parseFields } from './fields.ts';
import type { FramingFields } from './fields.ts';
import { HeadLines } from './head-lines.ts';

/** Whom a client of a proxy wants to be connected with (RFC 9110 §9.3.6). */
export interface ConnectTarget {
  /** A name in lower case, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

const METHOD = Buffer.from('CONNECT ', 'latin1');
const LINE = /^CONNECT (\S+) HTTP\/1\.[01]$/;
const MAX_PORT = 65_535;

/**
 * Reads a CONNECT by all that a client has sent. `other`: it is another request; `more`: its end has not come yet. Throws a Fault for one
 * that is malformed or too large, or that something follows at once: what it is for is not known before it is answered.
 */
export function readConnect(bytes: Buffer, limits: Limits): ConnectTarget | 'more' | 'other' {
  const length = Math.min(bytes.length, METHOD.length);
  if (METHOD.compare(bytes, 0, length, 0, length) !== 0) return 'other';
  const lines = new HeadLines();
  const end = lines.scan(bytes, 0);
  if (bytes.length > limits.maxHeadBytes) throw new Fault('headers_too_large', 'the head of CONNECT is too large');
  if (end === -1) return 'more';
  if (lines.hasForbiddenByte) throw new Fault('bad_request', 'a control character in the head of CONNECT');
  if (end !== bytes.length) throw new Fault('bad_request', 'something follows CONNECT before it was answered');
  return targetOf(lines, limits);
}

function targetOf(lines: HeadLines, { maxHeaderCount }: Limits): ConnectTarget {
  const [, target] = LINE.exec(lines.text.slice(0, lines.endOf(0))) ?? [];
  const { framing } = parseFields(lines, 1, { maxCount: maxHeaderCount, malformed: 'bad_request', tooMany: 'headers_too_large' });
  assertNoBody(framing);
  const { authority = '', host = '' } = splitAuthority(target ?? '') ?? {};
  const port = Number(authority.slice(host.length + 1));
  if (host === '' || !(port >= 1 && port <= MAX_PORT)) throw new Fault('bad_request', 'CONNECT names no host and port');
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port };
}

/** Whatever would follow it has no meaning, and could be read differently by somebody else. */
function assertNoBody({ hostCount, contentLength, transferEncoding }: FramingFields): void {
  if (hostCount > 1) throw new Fault('bad_request', 'several host fields');
  if (transferEncoding !== undefined || (contentLength !== undefined && contentLength !== '0')) {
    throw new Fault('bad_request', 'CONNECT with a body');
  }
}
