// SPDX-License-Identifier: Apache-2.0

/** Text from outside as one line that cannot steer a terminal: control characters are shown by their code. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, char => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`);
}
