// SPDX-License-Identifier: Apache-2.0

const MAX_SHOWN_LENGTH = 80;

const SECRET_WORDS: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
]);

/** What was found, in a reader's words: the number `80`, the text `a`, a list. Values of Secrets are not shown. */
export function foundWords(value: unknown, isSecret: boolean): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (isSecret) return SECRET_WORDS.get(typeof value) ?? 'true or false';
  if (typeof value === 'string') return `the text ${quoted(value)}`;
  return typeof value === 'number' ? `the number ${quoted(value)}` : quoted(value);
}

/** A value between backticks, on one line and not too long. */
export function quoted(value: unknown): string {
  const text = String(value).replaceAll(/\s+/g, ' ');
  return `\`${text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text}\``;
}

/** The names that zod has for types, in a reader's words. */
const EXPECTED_WORDS: ReadonlyMap<string, string> = new Map([
  ['array', 'a list'],
  ['boolean', 'true or false'],
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['object', 'a mapping of fields'],
  ['record', 'a mapping of names to values'],
  ['string', 'text'],
]);

export function expectedWords(type: string): string {
  return EXPECTED_WORDS.get(type) ?? type;
}
