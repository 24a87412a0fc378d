// SPDX-License-Identifier: Apache-2.0
import { claimTexts, findClaim } from '@weir/base';
import type { JwtProvider, RequiredClaim } from '@weir/policy/snapshot';
import { quote } from './parse-token.ts';
import { TokenRefusal } from './token-refusal.ts';
import type { JsonObject } from './parse-json-object.ts';

/** When a token holds, in milliseconds of wall time, leeway included: `fromMs` ≤ now < `untilMs`. */
export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** RFC 8725 §3.8. */
export function checkIssuer({ iss: issuer }: JsonObject, provider: JwtProvider): void {
  if (issuer === provider.issuer) return;
  throw new TokenRefusal('issuer_mismatch', `iss is ${quote(issuer)}, not ${quote(provider.issuer)}`);
}

/** Checks all else that does not depend on time (RFC 7519 §4.1, RFC 8725 §3.9 and §3.10). */
export function checkClaims(claims: JsonObject, provider: JwtProvider): void {
  checkAudience(claims['aud'], provider.audiences);
  if (claims['sub'] !== undefined && typeof claims['sub'] !== 'string') {
    throw new TokenRefusal('malformed', 'sub is not a string');
  }
  for (const required of provider.requiredClaims) checkRequired(claims, required);
}

/** The time in which a token holds, of `exp`, `nbf` and `iat` (RFC 7519 §4.1.4 to §4.1.6). A token from the future is not valid yet. */
export function validityFromClaims(claims: JsonObject, provider: JwtProvider): Validity {
  const expiresMs = timeClaim(claims, 'exp');
  if (expiresMs === undefined && provider.requiresExpiry) throw new TokenRefusal('claim_mismatch', 'exp is missing');
  const fromMs = Math.max(timeClaim(claims, 'nbf') ?? -Infinity, timeClaim(claims, 'iat') ?? -Infinity);
  return { fromMs: fromMs - provider.leewayMs, untilMs: (expiresMs ?? Infinity) + provider.leewayMs };
}

export function checkValidity({ fromMs, untilMs }: Validity, nowMs: number): void {
  if (nowMs >= untilMs) throw new TokenRefusal('expired', `the token expired ${Math.round((nowMs - untilMs) / 1000)} s ago`);
  if (nowMs < fromMs) {
    throw new TokenRefusal('not_yet_valid', `the token holds from ${Math.round((fromMs - nowMs) / 1000)} s from now`);
  }
}

/** Milliseconds of a NumericDate (RFC 7519 §2): a number of seconds, fractions allowed. Text is none, whatever it could be read as. */
function timeClaim(claims: JsonObject, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const seconds = claims[name];
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number') throw new TokenRefusal('malformed', `${name} is ${quote(seconds)}, not a number of seconds`);
  return seconds * 1000;
}

function checkAudience(audience: unknown, wanted: readonly string[]): void {
  const values = listFrom(audience);
  if (!values.every(value => typeof value === 'string')) {
    throw new TokenRefusal('malformed', 'aud is no string and no list of strings');
  }
  if (wanted.length > 0 && !values.some(value => wanted.includes(value))) {
    throw new TokenRefusal('audience_mismatch', `aud is ${quote(audience)}, and has none of ${quote(wanted)}`);
  }
}

function checkRequired(claims: JsonObject, { path, values }: RequiredClaim): void {
  const name = path.join('.');
  if (findClaim(claims, path) === undefined) throw new TokenRefusal('claim_mismatch', `claim ${name} is missing`);
  if (values.length > 0 && !claimTexts(claims, path).some(text => values.includes(text))) {
    throw new TokenRefusal('claim_mismatch', `claim ${name} has none of ${quote(values)}`);
  }
}

function listFrom(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
