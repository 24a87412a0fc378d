// SPDX-License-Identifier: Apache-2.0

/** Beyond it the field is dropped whole: half of it would be another vendor's state cut in two (W3C Trace Context §3.3.1.1). */
const MAX_MEMBERS = 32;

/** `key=value`; a value has no comma, no equals sign, and no blank at its end (§3.3.1.3, in the wording of level 2). */
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

const EDGE_BLANKS = /^[ \t]+|[ \t]+$/g;

/**
 * Whether a `tracestate`, several fields joined with commas, may be passed on. Empty members are allowed. Keys that are there twice are
 * left to those whose they are.
 */
export function isTraceState(text: string): boolean {
  const members = text.split(',').map(member => member.replaceAll(EDGE_BLANKS, ''));
  const filled = members.filter(member => member !== '');
  return filled.length <= MAX_MEMBERS && filled.every(member => MEMBER.test(member));
}
