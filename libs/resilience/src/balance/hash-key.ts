// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { Balance, ConsistentHash } from '@weir/policy/snapshot';
import { hashText } from './text-hash.ts';

/** What a request without the header, cookie or parameter has; no hash is negative. */
export const NO_KEY = -1;

/** Reads off a request what consistent hashing goes by; undefined for balancing of other kinds. */
export function hashKeyReader(balance: Balance): ((exchange: Exchange) => number) | undefined {
  return isHash(balance) ? readerOf(balance) : undefined;
}

/** As of a request, of a client's whole connection, of which only the address is known. */
export function hashKeyOfClient(balance: Balance, address: string): number {
  return isHash(balance) && balance.by === 'address' ? hashOf(address) : NO_KEY;
}

function isHash(balance: Balance): balance is ConsistentHash {
  return typeof balance === 'object' && balance.kind === 'consistentHash';
}

function readerOf({ by, name }: ConsistentHash): (exchange: Exchange) => number {
  switch (by) {
    case 'address':
      return ({ clientAddress }) => hashOf(clientAddress);
    case 'header':
      return ({ request }) => hashOf(request.headers.get(name) ?? '');
    case 'cookie':
      return ({ request }) => hashOfCookie(request.headers, name);
    case 'query':
      return ({ request }) => hashOfParameter(request.query ?? '', name);
  }
}

/** An empty value is none: all requests that have no value would meet at one endpoint. */
function hashOf(text: string): number {
  return text === '' ? NO_KEY : hashText(text);
}

/** RFC 6265 §4.2: pairs with semicolons between them; HTTP/2 may send a field for each pair (RFC 9113 §8.2.3). */
function hashOfCookie({ names, values }: Exchange['request']['headers'], name: string): number {
  for (let i = 0; i < names.length; i++) {
    if (names[i] !== 'cookie') continue;
    const hash = hashOfPair(values[i]!, name, ';');
    if (hash !== NO_KEY) return hash;
  }
  return NO_KEY;
}

/** As it is written: `%61` is another value than `a`. */
function hashOfParameter(query: string, name: string): number {
  return hashOfPair(query, name, '&');
}

/** Of the first `name=value` that has a value. Nothing is cut out of the text: this runs for each request. */
function hashOfPair(text: string, name: string, separator: string): number {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(separator, start);
    const end = found === -1 ? text.length : found;
    while (start < end && text.charCodeAt(start) === 0x20) start++;
    const value = start + name.length + 1;
    const isNamed = text.startsWith(name, start) && text.charCodeAt(value - 1) === 0x3d;
    if (isNamed && value < end) return hashText(text, value, end);
    start = end + 1;
  }
  return NO_KEY;
}
