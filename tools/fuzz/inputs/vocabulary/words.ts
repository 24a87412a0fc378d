// SPDX-License-Identifier: Apache-2.0

/** What ordinary peers send, and beside each the variants by which parsers have been told apart. */
export interface Words {
  readonly usual: readonly string[];
  readonly odd: readonly string[];
}
