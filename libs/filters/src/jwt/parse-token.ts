// SPDX-License-Identifier: Apache-2.0
import { JWT_ALGORITHMS } from '@weir/policy/snapshot';
import type { JwtAlgorithm } from '@weir/policy/snapshot';
import { decodeBase64Url, parseJsonObject } from './parse-json-object.ts';
import type { JsonObject } from './parse-json-object.ts';
import { TokenRefusal } from './token-refusal.ts';

/** A token of which nothing is believed yet. */
export interface ParsedToken {
  readonly text: string;
  /** What it says of itself; the key decides. */
  readonly algorithm: JwtAlgorithm;
  readonly keyId: string | undefined;
  /** What is signed: header and payload as sent. */
  readonly signed: string;
  readonly payload: string;
  readonly signature: Buffer;
}

/** Bounds what parsing costs; a head has at most 64 KiB, and tokens with hundreds of groups stay below. */
export const MAX_TOKEN_LENGTH = 16_384;

/**
 * What kinds of token are taken (RFC 8725 §3.11): access tokens (RFC 9068) and those that do not say. A logout token, a DPoP proof or a
 * security event of the same issuer is signed by the same keys and is no credential.
 */
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'jose', 'at+jwt']);

/**
 * Takes a compact JWS (RFC 7515 §3.1) apart. Of its header nothing is used but `alg`, `kid`, `typ` and `crit`: keys that come with a
 * token (`jwk`, `jku`, `x5c`, `x5u`) are the sender's own.
 */
export function parseToken(text: string): ParsedToken {
  const [header, payload, signature, ...more] = text.split('.', 4);
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw new TokenRefusal('malformed', 'the token has not three parts');
  }
  const bytes = decodeBase64Url(signature);
  if (bytes === undefined) throw new TokenRefusal('malformed', 'the signature is not base64url');
  const { alg, kid, typ, crit } = parsePart('header', header);
  // RFC 7515 §4.1.11: what is critical and not understood makes it invalid, and no extension is understood.
  if (crit !== undefined) {
    throw new TokenRefusal('malformed', 'the header has critical extensions (crit), none of which is known');
  }
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefusal('malformed', 'kid is not a string');
  assertType(typ);
  const signed = text.slice(0, header.length + 1 + payload.length);
  return { text, algorithm: parseAlgorithm(alg), keyId: kid, signed, payload, signature: bytes };
}

/** One part as an object, or a refusal that says which. */
export function parsePart(name: 'header' | 'payload', part: string): JsonObject {
  try {
    return parseJsonObject(part);
  } catch (cause) {
    throw new TokenRefusal('malformed', `the ${name} ${cause instanceof SyntaxError ? cause.message : 'cannot be read'}`, {
      cause,
    });
  }
}

function assertType(type: unknown): void {
  const name = typeof type === 'string' ? type.toLowerCase().replace(/^application\//, '') : type;
  if (!TYPES.has(name)) throw new TokenRefusal('malformed', `typ is ${quote(type)}, not JWT or at+jwt`);
}

function parseAlgorithm(name: unknown): JwtAlgorithm {
  const algorithm = JWT_ALGORITHMS.find(each => each === name);
  if (algorithm === undefined) throw new TokenRefusal('algorithm_refused', `alg is ${quote(name)}, which is never accepted`);
  return algorithm;
}

/** What a sender wrote, short enough for a log. */
export function quote(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
