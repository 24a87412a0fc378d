// SPDX-License-Identifier: Apache-2.0
import { STATUS_CODES } from 'node:http';
import type { HeaderList, RequestHead, ResponseHead } from '@weir/base';

/** A request head for an upstream, in origin form, up to but without its framing field and closing empty line. */
export function requestHeadText(request: RequestHead): string {
  const target = request.query === undefined ? request.path : `${request.path}?${request.query}`;
  return `${request.method} ${target} HTTP/1.1\r\nhost: ${request.authority}\r\n${fieldLines(request.headers)}`;
}

/** A response head for a client, up to but without framing and connection fields and the closing empty line. */
export function responseHeadText(response: ResponseHead): string {
  return statusLine(response.status) + fieldLines(response.headers);
}

/** Trailer section with its closing empty line (RFC 9112 §7.1.2). */
export function trailersText(trailers: HeaderList | undefined): string {
  return trailers === undefined ? '\r\n' : `${fieldLines(trailers)}\r\n`;
}

function fieldLines({ names, values }: HeaderList): string {
  let text = '';
  for (let i = 0; i < names.length; i++) text += `${names[i]!}: ${values[i]!}\r\n`;
  return text;
}

const statusLines = new Map<number, string>();

/** Reason phrases mean nothing (RFC 9112 §4), so an upstream's own words for a status are not carried over. */
function statusLine(status: number): string {
  const known = statusLines.get(status);
  if (known !== undefined) return known;
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  statusLines.set(status, line);
  return line;
}
