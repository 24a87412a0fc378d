// SPDX-License-Identifier: Apache-2.0

import { FORWARDING_FIELDS } from '@weir/base';

/** What the codec itself does with a field; `endToEnd` fields pass through untouched. */
export const FIELD_ROLE = {
  endToEnd: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  expect: 5,
  te: 6,
  upgrade: 7,
  /** Means something to the neighbour only (RFC 9110 §7.6.1): dropped. */
  hopByHop: 8,
} as const;
export type FieldRole = (typeof FIELD_ROLE)[keyof typeof FIELD_ROLE];

/** A field name as written, understood once. */
export interface FieldName {
  /** Lower-case. */
  readonly name: string;
  readonly role: FieldRole;
}

const ROLES: ReadonlyMap<string, FieldRole> = new Map<string, FieldRole>([
  ['host', FIELD_ROLE.host],
  ['content-length', FIELD_ROLE.contentLength],
  ['transfer-encoding', FIELD_ROLE.transferEncoding],
  ['connection', FIELD_ROLE.connection],
  ['expect', FIELD_ROLE.expect],
  ['te', FIELD_ROLE.te],
  ['upgrade', FIELD_ROLE.upgrade],
  ['keep-alive', FIELD_ROLE.hopByHop],
  ['proxy-connection', FIELD_ROLE.hopByHop],
  ['proxy-authenticate', FIELD_ROLE.hopByHop],
  ['proxy-authorization', FIELD_ROLE.hopByHop],
  ['http2-settings', FIELD_ROLE.hopByHop],
]);

/**
 * Servers that hand fields on as environment variables take `_` for `-`: to them `Content_Length` is Content-Length, and
 * `X_Forwarded_For` is what Weir itself says. Such twins of fields that matter are dropped.
 */
const NO_UNDERSCORE_TWINS: ReadonlySet<string> = new Set([...ROLES.keys(), ...FORWARDING_FIELDS, 'authorization', 'cookie']);

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Peers choose the names, so what is remembered is bounded: beyond it a name is understood anew each time. */
const REMEMBERED_NAMES = 2048;
const LONGEST_REMEMBERED_NAME = 64;
const remembered = new Map<string, FieldName>();

/** The name's lower-case form and role, or undefined when it is not a token. One map look-up for a name seen before. */
export function fieldNameFromText(text: string): FieldName | undefined {
  return remembered.get(text) ?? understand(text);
}

function understand(text: string): FieldName | undefined {
  if (!TOKEN.test(text)) return undefined;
  const name = text.toLowerCase();
  const fieldName: FieldName = { name, role: roleOf(name) };
  if (remembered.size < REMEMBERED_NAMES && text.length <= LONGEST_REMEMBERED_NAME) {
    // A copy: the text is a slice that would keep the whole head in memory.
    remembered.set(Buffer.from(text, 'latin1').toString('latin1'), fieldName);
  }
  return fieldName;
}

function roleOf(name: string): FieldRole {
  const role = ROLES.get(name) ?? FIELD_ROLE.endToEnd;
  return name.includes('_') && NO_UNDERSCORE_TWINS.has(name.replaceAll('_', '-')) ? FIELD_ROLE.hopByHop : role;
}

/** Whether `text` is a token (RFC 9110 §5.6.2): what methods and field names are made of. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}
