// SPDX-License-Identifier: Apache-2.0
import { isToken } from './field-names.ts';

// What both versions of HTTP allow in a head: what passes in the one and is refused in the other is how requests are smuggled.

/** Anything but HTAB, SP, VCHAR and obs-text (RFC 9110 §5.5): CR, LF and NUL could end a field of HTTP/1.1. */
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const FORBIDDEN_IN_TARGET = /[^\x21-\x7e]/;
const LONGEST_METHOD = 32;

/** Whether each character may stand in a field's value. */
export function isFieldContent(text: string): boolean {
  return !FORBIDDEN_IN_VALUE.test(text);
}

/** Whether all of it is visible ASCII; the target's own grammar is checked where it is normalised. */
export function isTargetText(text: string): boolean {
  return !FORBIDDEN_IN_TARGET.test(text);
}

/** Whether it is a method: a token (RFC 9110 §9.1) of a length that somebody may mean. */
export function isMethod(text: string): boolean {
  return text.length <= LONGEST_METHOD && isToken(text);
}
