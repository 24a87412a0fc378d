// SPDX-License-Identifier: Apache-2.0
import type { RequestHead } from '@weir/base';
import type { CredentialSource } from '@weir/policy/snapshot';
import { readCredential } from '../access/credential-source.ts';

/** RFC 6750 §2.1: the scheme in any case, and one space or more. A scheme without a token is a token that is wrong. */
const BEARER = /^bearer(?:$| +(.*)$)/i;

/** The token at a place; undefined = there is none: a header `authorization` of another scheme is another method's. */
export function readToken(request: RequestHead, source: CredentialSource): string | undefined {
  const value = readCredential(request, source);
  if (value === undefined || source.kind !== 'header' || source.name !== 'authorization') return value;
  const match = BEARER.exec(value);
  return match === null ? undefined : (match[1] ?? '').trim();
}
