// SPDX-License-Identifier: Apache-2.0
import type { Field } from '../../frames/model/hpack-model.ts';
import { declaredLength, only, whyNoRequest, whyNoTrailers, whyStricter, whyUnserved } from '../../frames/model/message-rules.ts';
import { fieldsBeyondOneHop } from '../../parsers/one-hop-fields.ts';
import type { WrittenRequest } from '../inputs/request-writer.ts';

/** What a backend has to see of a request. */
export interface ExpectedRequest {
  readonly method: string;
  /** As sent: the gateway may write it otherwise, as long as it means the same. */
  readonly target: string;
  /** Host first; what the gateway adds of itself left out. */
  readonly fields: readonly string[];
  readonly body: string;
}

/** Whether a request may, must or must not come through, and as what. */
export interface Expectation {
  readonly verdict: 'may' | 'must' | 'never';
  readonly because: string;
  readonly request: ExpectedRequest;
}

/** Fields that the gateway writes, and those that it lets nobody else write (docs/limits.md). */
const FORWARDING = /^(?:x-forwarded-|forwarded|x-real-ip|x-request-id|x-original-url|sec-websocket-)/;

/** Reads a request as RFC 9113 §8 does, and says what HTTP/1.1 has to make of it. */
export function expectRequest(written: WrittenRequest): Expectation {
  const request = requestOf(written);
  const never = whyNever(written, written.pieces.join('').length);
  if (never !== undefined) return { verdict: 'never', because: never, request };
  const { fields, trailers = [] } = written;
  if (isTunnel(fields)) return { verdict: 'may', because: 'a WebSocket, which the backend does not take', request };
  const may = whyUnserved(fields) ?? whyStricter(fields) ?? whyStricter(trailers);
  return { verdict: may === undefined ? 'must' : 'may', because: may ?? 'nothing is wrong', request };
}

/** The fields of a request at the backend, without what the gateway adds. */
export function comparableFields(fields: readonly Field[]): readonly string[] {
  const passing = fields
    .filter(([name]) => !FORWARDING.test(name.toLowerCase()))
    .map(([name, value]) => ({ name: name.toLowerCase(), value: name.toLowerCase() === 'cookie' ? crumbsOf(value) : value }))
    .filter(({ name, value }) => name !== 'cookie' || value !== '');
  return fieldsBeyondOneHop(passing, 'request');
}

/** Empty crumbs say nothing. */
function crumbsOf(cookie: string): string {
  return cookie
    .split(';')
    .map(crumb => crumb.trim())
    .filter(crumb => crumb !== '')
    .join('; ');
}

function whyNever({ fields, pieces, trailers }: WrittenRequest, bodyBytes: number): string | undefined {
  const isEnd = pieces.length === 0;
  const length = declaredLength(fields);
  if (length !== undefined && length !== bodyBytes && !isTunnel(fields)) return 'a body unlike content-length';
  return whyNoRequest(fields, isEnd) ?? (trailers === undefined ? undefined : whyNoTrailers(trailers, true));
}

function requestOf({ fields, pieces }: WrittenRequest): ExpectedRequest {
  const authority = only(fields, ':authority') ?? only(fields, 'host') ?? '';
  const regular = fields.filter(([name]) => !name.startsWith(':') && name !== 'host' && name !== 'cookie');
  const crumbs = fields.filter(([name]) => name === 'cookie').map(([, value]) => value);
  const cookie: readonly Field[] = [['cookie', crumbs.join('; ')]];
  return {
    // RFC 8441 §4: a tunnel is a GET with an upgrade to HTTP/1.1, and has no body.
    method: isTunnel(fields) ? 'GET' : (only(fields, ':method') ?? ''),
    target: only(fields, ':path') ?? '',
    fields: comparableFields([['host', authority.toLowerCase()], ...regular, ...cookie]),
    body: isTunnel(fields) ? '' : pieces.join(''),
  };
}

/** Whether it is extended CONNECT for a WebSocket. */
export function isTunnel(fields: readonly Field[]): boolean {
  return only(fields, ':method') === 'CONNECT' && only(fields, ':protocol') === 'websocket';
}
