// SPDX-License-Identifier: Apache-2.0

/** What is wrong with an expression. */
export class CelError extends Error {
  override readonly name = 'CelError';
  /** Where, in characters from its beginning. */
  readonly offset: number;
  readonly hint: string;

  constructor(message: string, place: { readonly offset: number; readonly hint: string }) {
    super(message);
    this.offset = place.offset;
    this.hint = place.hint;
  }
}
