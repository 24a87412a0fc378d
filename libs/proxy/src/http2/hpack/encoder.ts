// SPDX-License-Identifier: Apache-2.0
import { STATIC_INDEX_OF_FIELD, STATIC_INDEX_OF_NAME } from './static-table.ts';

/** First octets of the three literal forms without an entry for the table, and the bits that their index has. */
const WITHOUT_INDEXING = 0x00;
const NEVER_INDEXED = 0x10;
const LITERAL_INDEX_BITS = 4;
const STRING_LENGTH_BITS = 7;
const INDEXED = 0x80;

/** Fields whose values nobody on the way may keep in a table (RFC 7541 §7.1.3): from its size an attacker could guess them. */
const SECRET_NAMES: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie']);
/** Names come from peers: a table of what they cost to encode must not grow for ever. */
const MAX_CACHED_NAMES = 1024;

const encodedNames = new Map<string, string>();
const encodedStatuses = new Map<number, string>();

/**
 * A field as part of a header block (RFC 7541 §6.2), in latin1 text. Without entries in the dynamic table: what two connections to
 * the same peer need stays alike, and nothing has to be looked up or kept for each connection.
 */
export function encodeField(name: string, value: string): string {
  return encodedName(name) + encodeLength(0, STRING_LENGTH_BITS, value.length) + value;
}

/** A field with one of the values that the static table has, if it is among them. For pseudo-header fields. */
export function encodePseudoField(name: string, value: string): string {
  const index = STATIC_INDEX_OF_FIELD.get(`${name}=${value}`);
  return index === undefined ? encodeField(name, value) : String.fromCharCode(INDEXED | index);
}

export function encodeStatus(status: number): string {
  const known = encodedStatuses.get(status);
  if (known !== undefined) return known;
  const encoded = encodePseudoField(':status', String(status));
  encodedStatuses.set(status, encoded);
  return encoded;
}

function encodedName(name: string): string {
  const known = encodedNames.get(name);
  if (known !== undefined) return known;
  const form = SECRET_NAMES.has(name) ? NEVER_INDEXED : WITHOUT_INDEXING;
  const index = STATIC_INDEX_OF_NAME.get(name);
  const encoded =
    index === undefined
      ? String.fromCharCode(form) + encodeLength(0, STRING_LENGTH_BITS, name.length) + name
      : encodeLength(form, LITERAL_INDEX_BITS, index);
  if (encodedNames.size < MAX_CACHED_NAMES) encodedNames.set(name, encoded);
  return encoded;
}

/** An integer whose prefix has `bits` bits (RFC 7541 §5.1), under the bits of `form`. */
function encodeLength(form: number, bits: number, value: number): string {
  const mask = (1 << bits) - 1;
  if (value < mask) return String.fromCharCode(form | value);
  let text = String.fromCharCode(form | mask);
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) text += String.fromCharCode((rest & 0x7f) | 0x80);
  return text + String.fromCharCode(rest);
}
