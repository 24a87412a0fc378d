// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';

/**
 * `invalid-identity`: text that is no SPIFFE id. `invalid-certificate`: PEM or DER that cannot be used. `invalid-request`: a signing
 * request that is refused. `invalid-authority`: an authority that cannot issue. `unsafe-storage`: others may read it.
 * `damaged-storage`: it does not hold what was written. `wrong-phase`: not at this step of a rotation.
 */
export type IdentityErrorCode =
  | 'damaged-storage'
  | 'invalid-authority'
  | 'invalid-certificate'
  | 'invalid-identity'
  | 'invalid-request'
  | 'unsafe-storage'
  | 'wrong-phase';

/** Something about identity that an operator can mend. Neither message nor hint ever holds text of a key or token. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly code: IdentityErrorCode;
  /** What to do, in one sentence. */
  readonly hint: string;

  constructor(code: IdentityErrorCode, { message, hint, cause }: { message: string; hint: string; cause?: unknown }) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.hint = hint;
  }
}

const MAX_QUOTED = 100;

/** What a peer or a file said, for a message: on one line, and not longer than is read. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/** What was thrown, in words, with what to do where that is known. */
export function identityWords(reason: unknown): string {
  return reason instanceof IdentityError ? `${reason.message} (${reason.hint})` : reasonWords(reason);
}
