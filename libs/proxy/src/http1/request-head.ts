// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { HeaderList } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import { isWebSocketUpgrade } from '../websocket/handshake.ts';
import { takeConnectionOptions } from './connection-options.ts';
import { parseFields } from './fields.ts';
import type { FieldRules, FramingFields } from './fields.ts';
import { requestBodyLength, UNTIL_CLOSE } from './framing.ts';
import type { BodyLength } from './framing.ts';
import type { HeadLines } from './head-lines.ts';
import { isMethod, isTargetText } from './head-syntax.ts';

/** A request head of HTTP/1.x as read from the wire, framing understood, hop-by-hop fields gone. */
export interface ParsedRequest {
  readonly method: string;
  /** Request target as written: origin, absolute or asterisk form. */
  readonly target: string;
  readonly minorVersion: 0 | 1;
  /** Host field, or undefined (HTTP/1.0 only). */
  readonly host: string | undefined;
  readonly headers: HeaderList;
  readonly bodyLength: BodyLength;
  /** What the client wants to go on with; then the body is all that it sends from here on. */
  readonly upgrade: 'websocket' | undefined;
  /** Whether the client lets the connection be used again. */
  readonly isPersistent: boolean;
  /** The client waits for 100 (Continue) before it sends the body. */
  readonly expectsContinue: boolean;
}

/** The most frequent first. */
const KNOWN_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'];
/**
 * Reads a request head (RFC 9112 §3 and §5). Throws a Fault for whatever is malformed,
 * ambiguous or too large; the connection cannot be used after that.
 */
export function parseRequestHead(head: HeadLines, limits: Limits): ParsedRequest {
  const line = parseRequestLine(head.text.substring(0, head.endOf(0)), limits);
  const { headers, framing } = parseFields(head, 1, rulesFor(limits));
  assertHost(framing, line.minorVersion);
  const connection = takeConnectionOptions(framing.connection, headers);
  const upgrade = connection.isUpgrade && line.minorVersion === 1 ? upgradeOf(framing, line.method) : undefined;
  const bodyLength = upgrade === undefined ? requestBodyLength(framing, line.minorVersion) : UNTIL_CLOSE;
  if (framing.te !== undefined && /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i.test(framing.te)) headers.append('te', 'trailers');
  return {
    method: line.method,
    target: line.target,
    minorVersion: line.minorVersion,
    host: framing.host,
    headers,
    bodyLength,
    upgrade,
    isPersistent: line.minorVersion === 1 ? !connection.isClose : connection.isKeepAlive && !connection.isClose,
    expectsContinue: expectsContinue(framing, line.minorVersion),
  };
}

/** Method, target and version of a request line. Also used on its own to refuse garbage before a head is complete. */
export function parseRequestLine(line: string, limits: Limits): { method: string; target: string; minorVersion: 0 | 1 } {
  if (line.length > limits.maxRequestLineBytes) throw new Fault('uri_too_long', 'request line too long');
  const methodEnd = line.indexOf(' ');
  const targetEnd = line.indexOf(' ', methodEnd + 1);
  if (methodEnd === -1 || targetEnd === -1) throw new Fault('bad_request', 'request line without method, target and version');
  const method = parseMethod(line, methodEnd);
  const target = line.substring(methodEnd + 1, targetEnd);
  if (target === '' || !isTargetText(target)) {
    throw new Fault('bad_request', 'request target with a forbidden character');
  }
  const minorVersion = parseVersion(line.substring(targetEnd + 1));
  if (method === 'CONNECT') throw new Fault('not_implemented', 'CONNECT is not served');
  return { method, target, minorVersion };
}

function parseMethod(line: string, end: number): string {
  // A constant, whose hash is known to all the maps that it will be looked up in.
  for (const known of KNOWN_METHODS) if (known.length === end && line.startsWith(known)) return known;
  const method = line.substring(0, end);
  if (!isMethod(method)) throw new Fault('bad_request', 'method is not a token');
  return method;
}

function parseVersion(version: string): 0 | 1 {
  if (version === 'HTTP/1.1') return 1;
  if (version === 'HTTP/1.0') return 0;
  if (/^HTTP\/[0-9]\.[0-9]$/.test(version)) throw new Fault('version_not_supported', `version ${version}`);
  throw new Fault('bad_request', 'malformed HTTP version');
}

function rulesFor(limits: Limits): FieldRules {
  return { maxCount: limits.maxHeaderCount, malformed: 'bad_request', tooMany: 'headers_too_large' };
}

function assertHost(framing: FramingFields, minorVersion: 0 | 1): void {
  if (framing.hostCount > 1) throw new Fault('bad_request', 'several host fields');
  if (framing.host === undefined && minorVersion === 1) throw new Fault('bad_request', 'no host field');
}

/** WebSocket is switched to; a server may ignore all other upgrades (RFC 9110 §7.8). */
function upgradeOf(framing: FramingFields, method: string): 'websocket' | undefined {
  if (!isWebSocketUpgrade(framing.upgrade)) return undefined;
  if (method !== 'GET' || framing.contentLength !== undefined || framing.transferEncoding !== undefined) {
    throw new Fault('bad_request', 'upgrade to websocket by another method than GET, or with a body');
  }
  return 'websocket';
}

/** RFC 9110 §10.1.1; HTTP/1.0 clients cannot wait for a 1xx. */
function expectsContinue(framing: FramingFields, minorVersion: 0 | 1): boolean {
  if (framing.expect === undefined) return false;
  if (framing.expect.toLowerCase() !== '100-continue') throw new Fault('expectation_failed', 'unknown expectation');
  return minorVersion === 1;
}
