// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';

/** What a caller shows (RFC 7617 §2). */
export interface BasicCredential {
  readonly username: string;
  readonly password: string;
}

/** Longer ones nobody types, and nobody's hash is worth them. */
export const MAX_BASIC_LENGTH = 4096;

const SCHEME = /^basic(?: +|$)/i;
const TOKEN = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The credential of a request. Undefined = it shows none of this scheme; a text = why it cannot be read, for operators. */
export function readBasic(headers: HeaderList): BasicCredential | string | undefined {
  const fields = headers.getAll('authorization').filter(value => SCHEME.test(value));
  const [field] = fields;
  if (field === undefined) return undefined;
  if (fields.length > 1) return 'the request has several of them';
  const token = field.replace(SCHEME, '').trimEnd();
  if (token.length > MAX_BASIC_LENGTH) return `it is longer than ${MAX_BASIC_LENGTH} characters`;
  if (!TOKEN.test(token)) return 'it is no base64';
  const text = textOf(Buffer.from(token, 'base64'));
  if (text === undefined || CONTROL.test(text)) return 'it is no UTF-8, or has a control character';
  const colon = text.indexOf(':');
  if (colon === -1) return 'it has no colon';
  return { username: text.slice(0, colon).normalize('NFC'), password: text.slice(colon + 1).normalize('NFC') };
}

/** Takes the credentials of this scheme out; those of others are for others. */
export function removeBasic(headers: HeaderList): void {
  const kept = headers.getAll('authorization').filter(value => !SCHEME.test(value));
  headers.remove('authorization');
  for (const value of kept) headers.append('authorization', value);
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
