// SPDX-License-Identifier: Apache-2.0

/** What became of reading something that somebody else wrote. */
export type Parsed<Value> =
  { readonly isValid: true; readonly value: Value } | { readonly isValid: false; readonly reason: string };
