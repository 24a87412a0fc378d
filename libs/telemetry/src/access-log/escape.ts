// SPDX-License-Identifier: Apache-2.0

/** What may not stand in a JSON string as it is, and what a terminal or a line reader would act on. */
const TO_ESCAPE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/;

/** Escaped beyond JSON: C1 controls (a lone 0x9b begins a terminal sequence) and Unicode line ends. */
const BEYOND_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/** Text for between the quotes of a JSON string. Nearly all values have nothing to escape: one test, no copy. */
export function escaped(text: string): string {
  return TO_ESCAPE.test(text) ? escapeFully(text).slice(1, -1) : text;
}

/** Text for a terminal: as it is where that is harmless, else as a JSON string. */
export function plainText(text: string): string {
  return TO_ESCAPE.test(text) || text.includes(' ') ? escapeFully(text) : text;
}

/** Cuts what a client could make as long as it likes. */
export function clip(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

function escapeFully(text: string): string {
  return JSON.stringify(text).replaceAll(BEYOND_JSON, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
