// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from './header-list.ts';

/** The pairs of all Cookie fields (RFC 6265 §4.2): with semicolons between them; HTTP/2 may send a field for each (RFC 9113 §8.2.3). */
export function cookiePairs(headers: HeaderList): readonly string[] {
  return (headers.getJoined('cookie') ?? '').split(/[;,]/).flatMap(pair => pair.trim() || []);
}

export function nameOfCookie(pair: string): string {
  const end = pair.indexOf('=');
  return (end === -1 ? pair : pair.slice(0, end)).trim();
}

/** The values of all cookies of that name, without their quotation marks. */
export function cookieValues(headers: HeaderList, name: string): readonly string[] {
  return cookiePairs(headers).flatMap(pair => (nameOfCookie(pair) === name ? valueOfCookie(pair) : []));
}

function valueOfCookie(pair: string): string {
  const start = pair.indexOf('=');
  const value = start === -1 ? '' : pair.slice(start + 1).trim();
  return value.replace(/^"(.*)"$/, '$1');
}
