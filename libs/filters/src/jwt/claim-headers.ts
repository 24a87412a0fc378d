// SPDX-License-Identifier: Apache-2.0
import { findClaim, scalarText } from '@weir/base';
import type { ClaimHeader, HeaderValue } from '@weir/policy/snapshot';
import { TokenRefusal } from './token-refusal.ts';
import type { JsonObject } from './parse-json-object.ts';

/** No control characters, and no blank at either end: recipients strip those, so that ` admin` would arrive as `admin`. */
const FIELD_TEXT = /^(?! )[^\x00-\x1f\x7f]*(?<! )$/;
const BEYOND_ASCII = /[\x7f-\uffff]/g;

/**
 * Headers made of claims; a claim that is not there makes none. Strings, numbers and booleans are written as they are (beyond ASCII as
 * UTF-8), lists and objects as JSON in ASCII, so that no element can pass for two.
 *
 * @throws {TokenRefusal} `claim_mismatch` where a claim is no text that a header can carry as it is.
 */
export function headersFromClaims(claims: JsonObject, claimHeaders: readonly ClaimHeader[]): readonly HeaderValue[] {
  const headers: HeaderValue[] = [];
  for (const { path, header } of claimHeaders) {
    const claim = findClaim(claims, path);
    if (claim === undefined) continue;
    const text = scalarText(claim) ?? asciiJson(claim);
    if (!FIELD_TEXT.test(text)) {
      throw new TokenRefusal('claim_mismatch', `claim ${path.join('.')} has characters that header ${header} cannot carry`);
    }
    headers.push({ name: header, value: Buffer.from(text).toString('latin1') });
  }
  return headers;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(BEYOND_ASCII, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
