// SPDX-License-Identifier: Apache-2.0

export type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper than any claim that means something; bounds the recursion of whoever walks through it. */
const MAX_DEPTH = 32;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const STRINGS = /"(?:[^"\\]|\\.)*"/g;
const COLONS = /:/g;

/**
 * Reads one part of a token: base64url without padding, UTF-8, a JSON object whose members have different names (RFC 7515 §4,
 * RFC 7519 §4). Of two members with one name, two readers may believe different ones; of two writings of the same bytes, one would
 * not be in a list of revoked tokens.
 *
 * @throws {SyntaxError} what is wrong, without a value of it.
 */
export function parseJsonObject(part: string): JsonObject {
  const text = decodeText(part);
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('is no JSON object');
  if (countMembers(value, MAX_DEPTH) !== countWrittenMembers(text)) throw new SyntaxError('names a member twice');
  freeze(value);
  return value as JsonObject;
}

/** The bytes of canonical base64url, whose unused bits are zero (RFC 4648 §3.5); undefined where it is none. */
export function decodeBase64Url(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function decodeText(part: string): string {
  const bytes = decodeBase64Url(part);
  if (bytes === undefined) throw new SyntaxError('is not base64url');
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new SyntaxError('is not UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError('is not JSON');
  }
}

/** In JSON that was parsed, each member has one colon outside of strings. */
function countWrittenMembers(text: string): number {
  return text.replaceAll(STRINGS, '').match(COLONS)?.length ?? 0;
}

function countMembers(value: unknown, depthLeft: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depthLeft === 0) throw new SyntaxError(`is nested deeper than ${MAX_DEPTH}`);
  const members: readonly unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : members.length;
  return members.reduce<number>((count, member) => count + countMembers(member, depthLeft - 1), own);
}

function freeze(value: object): void {
  Object.freeze(value);
  const members: readonly unknown[] = Object.values(value);
  for (const member of members) if (typeof member === 'object' && member !== null) freeze(member);
}
