// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { hexDigit } from '../match/query-parameter.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const PERCENT = 0x25;

const PLAIN = 0;
const LOOK_CLOSER = 1;
const REFUSED = 2;

/** What a code unit means for the scan. Beyond ASCII everything is refused: it has to come percent-encoded (RFC 3986 §2.1). */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code <= 0x20 || code === 0x7f || code === 0x5c || code === 0x23 || code === 0x3f) return REFUSED;
  return code === SLASH || code === PERCENT ? LOOK_CLOSER : PLAIN;
});

const HINTS = new Map([
  [0x23, ' (fragments are not sent to servers)'],
  [0x5c, ' (backslash)'],
]);

const UNRESERVED = /[A-Za-z0-9\-._~]/;
const TRIPLET = /%[0-9A-Fa-f]{2}/g;

/** A dot segment as soon as a backend takes encoded slashes for slashes or cuts path parameters off. */
const DISGUISED_DOTS = /(?:^|%2F|%5C)\.{1,2}(?:;|%2F|%5C|$)/;

/**
 * The one form of a path that routing, filters and backends see. A path with plain characters only is returned as it is,
 * after one scan.
 *
 * - Percent triplets of unreserved characters are decoded once, others are kept with upper-case digits (RFC 3986 §6.2.2).
 *   `%2F` and `%5C` thus stay part of their segment.
 * - Then repeated slashes are merged and `.` and `..` resolved.
 * - Refused as `bad_request`: `..` above the root, a dot segment behind an encoded slash or before `;`, backslashes, control
 *   characters (also encoded), spaces, `#`, bytes beyond ASCII, `%` without two hexadecimal digits.
 */
export function normalisePath(path: string): string {
  return isPlain(path) ? path : resolveSegments(decodeTriplets(path));
}

/** Throws for what is refused wherever it stands. */
function isPlain(path: string): boolean {
  if (path.charCodeAt(0) !== SLASH) throw new Fault('bad_request', `path ${quote(path)} does not begin with "/"`);
  let plain = true;
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    const meaning = CLASSES[code] ?? REFUSED;
    if (meaning === PLAIN) continue;
    if (meaning === REFUSED) throw refusedCharacter(code, at);
    if (code === PERCENT) {
      assertTriplet(path, at);
      plain = false;
    } else if (plain) {
      const next = path.charCodeAt(at + 1);
      plain = next !== SLASH && next !== DOT;
    }
  }
  return plain;
}

function assertTriplet(path: string, at: number): void {
  const high = hexDigit(path.charCodeAt(at + 1));
  const low = hexDigit(path.charCodeAt(at + 2));
  if (high === -1 || low === -1) {
    throw new Fault('bad_request', `path has "%" without two hexadecimal digits at offset ${at}: write %25 for a percent sign`);
  }
  const byte = high * 16 + low;
  if (byte < 0x20 || byte === 0x7f) throw refusedCharacter(byte, at);
}

function decodeTriplets(path: string): string {
  return path.replace(TRIPLET, triplet => {
    const char = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
    return UNRESERVED.test(char) ? char : triplet.toUpperCase();
  });
}

function resolveSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.slice(1).split('/');
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      if (kept.pop() === undefined) throw new Fault('bad_request', `path ${quote(path)} leads above the root`);
    } else if (DISGUISED_DOTS.test(segment)) {
      throw new Fault('bad_request', `path segment ${quote(segment)} may be read as a dot segment further on`);
    } else kept.push(segment);
  }
  const last = segments.at(-1);
  const isFolder = last === '' || last === '.' || last === '..';
  return kept.length === 0 ? '/' : `/${kept.join('/')}${isFolder ? '/' : ''}`;
}

function refusedCharacter(code: number, at: number): Fault {
  const hex = code.toString(16).toUpperCase().padStart(2, '0');
  return new Fault('bad_request', `request target has character 0x${hex}${HINTS.get(code) ?? ''} at offset ${at}`);
}

/** As JSON, so that nothing in a target can break a log line, and short. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
