// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { ResponseHead } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import { takeConnectionOptions } from './connection-options.ts';
import { parseFields } from './fields.ts';
import { hasNoBody, responseBodyLength } from './framing.ts';
import type { BodyLength } from './framing.ts';
import type { HeadLines } from './head-lines.ts';

/** A response head of HTTP/1.x as read from the wire. */
export interface ParsedResponse {
  readonly head: ResponseHead;
  readonly bodyLength: BodyLength;
  /** Whether the server lets the connection be used again. */
  readonly isPersistent: boolean;
  /** Its Upgrade field, where Connection names it. */
  readonly upgrade: string | undefined;
}

/** Some servers leave out the space before an empty reason; nothing hangs on it. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;

/**
 * Reads a response head (RFC 9112 §4 and §5). Throws `upstream_protocol_error` for whatever
 * is malformed or ambiguous.
 */
export function parseResponseHead(lines: HeadLines, requestMethod: string, limits: Limits): ParsedResponse {
  const { minorVersion, status } = parseStatusLine(lines.text.substring(0, lines.endOf(0)));
  const { headers, framing } = parseFields(lines, 1, {
    maxCount: limits.maxHeaderCount,
    malformed: 'upstream_protocol_error',
    tooMany: 'upstream_protocol_error',
  });
  const connection = takeConnectionOptions(framing.connection, headers);
  const bodyLength = responseBodyLength(framing, { requestMethod, status });
  // Without a body (HEAD, 304) the declared length is the one that a GET would have: it goes on although nothing follows.
  const isBodiless = hasNoBody({ requestMethod, status });
  const declaredLength = framing.contentLength === undefined ? undefined : Number(framing.contentLength);
  return {
    head: { status, headers, contentLength: isBodiless || bodyLength < 0 ? declaredLength : bodyLength },
    bodyLength,
    upgrade: connection.isUpgrade ? framing.upgrade : undefined,
    isPersistent: minorVersion === 1 ? !connection.isClose : connection.isKeepAlive && !connection.isClose,
  };
}

function parseStatusLine(line: string): { minorVersion: 0 | 1; status: number } {
  // The exact line of nearly every response, without a regex.
  if (line === 'HTTP/1.1 200 OK') return { minorVersion: 1, status: 200 };
  const match = STATUS_LINE.exec(line);
  if (match === null) throw new Fault('upstream_protocol_error', 'malformed status line');
  return { minorVersion: match[1] === '1' ? 1 : 0, status: Number(match[2]) };
}
