// SPDX-License-Identifier: Apache-2.0
import { verify } from 'node:crypto';
import type { VerificationKey } from '@weir/policy/snapshot';
import jsonwebtoken from 'jsonwebtoken';
import type { ParsedToken } from './parse-token.ts';

/** Whether the token was signed with the key. Its algorithm must be one that the key allows; see `candidateKeys`. */
export function verifySignature(token: ParsedToken, { key }: VerificationKey): boolean {
  const { algorithm } = token;
  // jsonwebtoken has no EdDSA. The length is fixed by the curve and checked by OpenSSL (RFC 8032 §5.1.7).
  if (algorithm === 'EdDSA') return verify(null, Buffer.from(token.signed), key, token.signature);
  try {
    // Signature alone: the claims are checked in one place for all algorithms, with leeway in milliseconds and our own clock.
    jsonwebtoken.verify(token.text, key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch {
    // Whatever it could not do with the token, it did not verify it. Signatures of a wrong length are thrown as TypeErrors.
    return false;
  }
}
