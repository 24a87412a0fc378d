// SPDX-License-Identifier: Apache-2.0
import { IdentityError } from '../identity-error.ts';
import type { Parsed } from '../parsed.ts';
import { isJoinToken } from './join-token.ts';

/** What a workload is given to join with: who it may be, and whom it may tell. */
export interface JoinText {
  /** Good once; a secret. */
  readonly token: string;
  /** SHA-256 of the root certificate's DER in lower-case hex: a control plane with another root is not told the token. */
  readonly root: string;
}

const ROOT = /^[0-9a-f]{64}$/v;

/** `TOKEN.ROOT`. Throws IdentityError where a part is not what it must be; the message never holds the token. */
export function formatJoinText({ token, root }: JoinText): string {
  if (isJoinToken(token) && ROOT.test(root)) return `${token}.${root}`;
  throw new IdentityError('invalid-request', {
    message: 'a join text needs a join token and the SHA-256 of a root certificate in lower-case hex',
    hint: 'take the root from the trust bundle: fingerprint256 without colons, in lower case',
  });
}

/** Reads `TOKEN.ROOT`. The reason never holds what was found: it may be most of a token. */
export function parseJoinText(text: string): Parsed<JoinText> {
  const [token = '', root = '', ...more] = text.trim().split('.');
  if (!isJoinToken(token)) return refuse('it does not begin with a join token (weirjoin_…)');
  if (!ROOT.test(root) || more.length > 0) {
    return refuse('behind the token and a dot it has no fingerprint of a root: 64 digits and letters from a to f');
  }
  return { isValid: true, value: { token, root } };
}

function refuse(what: string): Parsed<never> {
  return { isValid: false, reason: `the join text cannot be read: ${what}. Write what weir token printed, whole` };
}
