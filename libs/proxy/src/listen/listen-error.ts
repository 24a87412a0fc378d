// SPDX-License-Identifier: Apache-2.0

/** Why a port cannot be listened on. */
export type ListenErrorCode = 'taken' | 'not-permitted' | 'no-such-address' | 'failed';

/** A port that cannot be listened on. `message` says where and why, `hint` what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;
  readonly hint: string;

  constructor(code: ListenErrorCode, text: { readonly message: string; readonly hint: string }, options?: ErrorOptions) {
    super(text.message, options);
    this.code = code;
    this.hint = text.hint;
  }
}
