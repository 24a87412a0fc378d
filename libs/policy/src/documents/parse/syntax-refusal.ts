// SPDX-License-Identifier: Apache-2.0

/** Thrown where a text cannot be turned into values: what is wrong at which offset, and what to write instead. */
export class SyntaxRefusal extends Error {
  override readonly name = 'SyntaxRefusal';
  readonly code: string;
  readonly offset: number;
  readonly hint: string;

  constructor(code: string, message: string, place: { readonly offset: number; readonly hint: string }) {
    super(message);
    this.code = code;
    this.offset = place.offset;
    this.hint = place.hint;
  }
}
