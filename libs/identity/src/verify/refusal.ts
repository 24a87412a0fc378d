// SPDX-License-Identifier: Apache-2.0

/** Every reason for which a peer is refused; the words are for operators, the peer is told nothing. */
export const REFUSALS = {
  'no-certificate': 'it showed no certificate',
  malformed: 'its certificate cannot be read',
  'self-signed': 'its certificate is self-signed: nobody vouches for it',
  'other-authority': 'its certificate comes from an authority that is not trusted here',
  'broken-chain': 'an authority in its chain may not issue it',
  expired: 'a certificate of its chain has expired',
  'not-yet-valid': 'a certificate of its chain is not valid yet: compare the clocks',
  'other-use': 'its certificate is not made for peers of a mesh',
  'no-identity': 'its certificate names no SPIFFE id',
  'several-identities': 'its certificate names more than one URI',
  'invalid-identity': 'its certificate names an id that is none of Weir',
  'other-trust-domain': 'it belongs to another trust domain',
  'wrong-identity': 'it is somebody else than was asked for',
  unverified: 'its certificate was not verified',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** Why a peer is not believed. */
export interface Refusal {
  readonly isTrusted: false;
  readonly code: RefusalCode;
  /** One sentence for logs, with what was found. */
  readonly reason: string;
}

export function refusalOf(code: RefusalCode, found?: string): Refusal {
  const words: string = REFUSALS[code];
  return { isTrusted: false, code, reason: found === undefined ? words : `${words} (${found})` };
}
