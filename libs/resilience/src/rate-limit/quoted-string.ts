// SPDX-License-Identifier: Apache-2.0

/** A String of RFC 9651 §3.3.3: printable ASCII only. Anything else would let a name break out of its field. */
export function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
