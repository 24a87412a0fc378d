// SPDX-License-Identifier: Apache-2.0

/** All control characters (C0, DEL, C1) but tab and line feed: others move the cursor, or hide what was printed before. */
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** Text of somebody else as a terminal may show it: each control character is a replacement character. */
export function printable(text: string): string {
  return text.replaceAll(CONTROLS, '\uFFFD');
}
