// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod';
import { HINT_MARK, VALUE_MARK } from '../kinds/strict-object.ts';
import { nearestName } from '../suggestion/nearest-name.ts';
import { expectedWords, foundWords, quoted } from './found-words.ts';

type Issue = z.core.$ZodIssue;
type IssueOf<Code extends Issue['code']> = Extract<Issue, { readonly code: Code }>;

/** What was written at the path of an issue. */
export interface Found {
  /** `spec.rules[0].port`; '' for the whole object. */
  readonly path: string;
  readonly value: unknown;
  /** Whether the value must not be shown. */
  readonly isSecret: boolean;
  /** Where else in this kind there is a field of a name: paths of its parents, such as `spec.rules[]`. */
  placesOf(field: string): readonly string[];
}

export interface SchemaSentence {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** The field below the issue's path that is meant. */
  readonly field?: string;
  /** The field below the issue's path that was most likely meant by it. */
  readonly meant?: string;
}

type Describe<Code extends Issue['code']> = (issue: IssueOf<Code>, found: Found) => readonly SchemaSentence[];

/** One entry for each kind of issue that a schema can have. */
const SENTENCES: { readonly [Code in Issue['code']]: Describe<Code> } = {
  custom: written,
  invalid_element: (_, found) => [invalid(found, 'holds a value that is not allowed')],
  invalid_format: written,
  invalid_key: (_, found) => [invalid(found, 'has a key that is not allowed')],
  invalid_type: wrongType,
  invalid_union: noOption,
  invalid_value: notAllowed,
  not_multiple_of: ({ divisor }, found) => [invalid(found, `is ${shown(found)}, which is no multiple of ${divisor}`)],
  too_big: tooBig,
  too_small: tooSmall,
  unrecognized_keys: unknownFields,
};

/** What an issue comes to; an issue about unknown fields has a sentence for each of them. */
export function schemaSentences(issue: Issue, found: Found): readonly SchemaSentence[] {
  // Code and entry belong together by the table's type, which TypeScript cannot follow through the index.
  const describe = SENTENCES[issue.code] as (issue: Issue, found: Found) => readonly SchemaSentence[];
  return describe(issue, found);
}

function invalid({ path }: Found, what: string, hint?: string): SchemaSentence {
  return { code: 'invalid-value', message: `${name(path)} ${what}`, hint };
}

/** An item that is indented deeper than the one above goes on with that one's text. */
const JOINED_ITEMS = /\S - \S/;

/** A text that the schema brings: `which …` goes on after the value, anything else after the path. */
function written({ message }: { readonly message: string }, found: Found): readonly SchemaSentence[] {
  const [what = '', hint] = message.split(HINT_MARK);
  const isAboutValue = what.startsWith(VALUE_MARK);
  if (!isAboutValue) return [invalid(found, what, hint)];
  const rest = what.slice(VALUE_MARK.length);
  if (typeof found.value === 'string' && JOINED_ITEMS.test(found.value)) {
    return [invalid(found, rest, 'two items became one text: begin each dash in the same column')];
  }
  const isShown = !found.isSecret && (found.value === null || typeof found.value !== 'object');
  return [invalid(found, isShown ? `is ${shown(found)}, ${what}` : rest, hint)];
}

function wrongType({ expected, message }: IssueOf<'invalid_type'>, found: Found): readonly SchemaSentence[] {
  const { path, value, isSecret } = found;
  if (value === undefined) return [missing(path, `add it as ${expectedWords(expected)}`)];
  if (value === null) {
    return [
      {
        code: 'wrong-type',
        message: `${name(path)} is empty`,
        hint: `write ${expectedWords(expected)}, or leave the field out where it is not required`,
      },
    ];
  }
  const what = `${name(path)} is ${foundWords(value, isSecret)}, and ${expectedWords(expected)} is expected`;
  // A schema of text with a meaning of its own says what to write.
  const [, own] = message.split(HINT_MARK);
  return [{ code: 'wrong-type', message: what, hint: own ?? hintForType(expected, found) }];
}

function missing(path: string, hint: string): SchemaSentence {
  return { code: 'missing-field', message: `${name(path)} is missing`, hint };
}

/** What a new author most likely did. */
function hintForType(expected: string, { value, isSecret }: Found): string {
  const forText = typeof value === 'string' ? HINTS_FOR_TEXT.get(expected)?.(value, isSecret) : undefined;
  if (forText !== undefined) return forText;
  if (expected === 'array' && typeof value === 'object') return 'begin each item with a dash and a space';
  if (expected !== 'string' || typeof value === 'object') return `write ${expectedWords(expected)}`;
  return isSecret ? 'put the value in quotes' : `put it in quotes: "${JSON.stringify(value)}"`;
}

type HintForText = (text: string, isSecret: boolean) => string | undefined;

const forMapping: HintForText = text => (text.includes(':') ? 'write a space after the colon of each field' : undefined);
const forNumber: HintForText = text => (/^\d+$/.test(text) ? 'leave the quotes out' : undefined);

/** By the type that text was written instead of. */
const HINTS_FOR_TEXT: ReadonlyMap<string, HintForText> = new Map<string, HintForText>([
  ['array', forList],
  ['boolean', () => 'write true or false, without quotes'],
  ['int', forNumber],
  ['number', forNumber],
  ['object', forMapping],
  ['record', forMapping],
]);

function forList(text: string, isSecret: boolean): string {
  if (text.startsWith('-')) return 'write a space after each dash';
  return isSecret
    ? 'begin each item with a dash and a space'
    : `write it as an item of a list: a dash, a space and ${quoted(text)}`;
}

function notAllowed({ values }: IssueOf<'invalid_value'>, found: Found): readonly SchemaSentence[] {
  const allowed = values.map(String);
  const list = allowed.length === 1 ? allowed[0]! : `one of ${allowed.join(', ')}`;
  if (found.value === undefined) return [missing(found.path, `write ${list}`)];
  if (found.value === null) return [{ code: 'wrong-type', message: `${name(found.path)} is empty`, hint: `write ${list}` }];
  const meant = typeof found.value === 'string' ? nearestValue(found.value, allowed) : undefined;
  const hint = meant === undefined ? `write ${list}` : `did you mean \`${meant}\`? allowed is ${list}`;
  const what = typeof found.value === 'object' ? foundWords(found.value, found.isSecret) : shown(found);
  return [{ code: 'value-not-allowed', message: `${name(found.path)} is ${what}, which is not allowed`, hint }];
}

/** `Prefix` is far from `PathPrefix` by letters, and is still what was meant. */
function nearestValue(found: string, allowed: readonly string[]): string | undefined {
  const parts = allowed.filter(value => found !== '' && value.toLowerCase().includes(found.toLowerCase()));
  return nearestName(found, allowed) ?? (parts.length === 1 ? parts[0] : undefined);
}

/** Alternatives with a text of their own use it; else the alternative that came closest speaks, else all types are listed. */
function noOption(issue: IssueOf<'invalid_union'>, found: Found): readonly SchemaSentence[] {
  if (found.value === undefined) return [missing(found.path, 'write it')];
  if (issue.message.includes(HINT_MARK)) return written(issue, found);
  const errors: readonly (readonly Issue[])[] = issue.errors;
  const types = errors.flatMap(([first]) =>
    first?.code === 'invalid_type' && first.path.length === 0 ? [expectedWords(first.expected)] : [],
  );
  const what = `is ${foundWords(found.value, found.isSecret)}`;
  if (types.length === 0) {
    return [invalid(found, `${what}, which is not allowed`, 'leave the field out, or look its values up in the API')];
  }
  return [
    {
      code: 'wrong-type',
      message: `${name(found.path)} ${what}, and ${types.join(' or ')} is expected`,
      hint: `write ${types.join(' or ')}`,
    },
  ];
}

function tooBig({ origin, maximum }: IssueOf<'too_big'>, found: Found): readonly SchemaSentence[] {
  return [outOfRange(found, { origin, limit: `at most ${maximum}`, isEmpty: false })];
}

function tooSmall({ origin, minimum, message }: IssueOf<'too_small'>, found: Found): readonly SchemaSentence[] {
  if (message.includes(HINT_MARK)) return written({ message }, found);
  const length = typeof found.value === 'string' || Array.isArray(found.value) ? found.value.length : undefined;
  return [outOfRange(found, { origin, limit: `at least ${minimum}`, isEmpty: length === 0 })];
}

interface Range {
  readonly origin: string;
  readonly limit: string;
  readonly isEmpty: boolean;
}

function outOfRange(found: Found, { origin, limit, isEmpty }: Range): SchemaSentence {
  const { path, value } = found;
  const unit = origin === 'string' ? 'characters' : 'items';
  const isCounted = typeof value === 'string' || Array.isArray(value);
  const measure = isCounted ? `has ${value.length} ${unit}` : `is ${shown(found)}`;
  const what = isEmpty ? 'is empty' : `${measure}, and ${limit} ${isCounted ? 'are' : 'is'} allowed`;
  const hint = isEmpty ? `write ${limit} ${unit}, or leave the field out` : undefined;
  return { code: 'out-of-range', message: `${name(path)} ${what}`, hint };
}

function unknownFields({ keys, message }: IssueOf<'unrecognized_keys'>, found: Found): readonly SchemaSentence[] {
  const known = message.split(HINT_MARK);
  const place = found.path === '' ? '' : ` in ${name(found.path)}`;
  return keys.map(field => {
    const sentence = { code: 'unknown-field', message: `unknown field \`${field}\`${place}`, hint: undefined, field };
    const meant = nearestName(field, known);
    if (meant !== undefined) return { ...sentence, message: `${sentence.message}; did you mean \`${meant}\`?`, meant };
    return { ...sentence, hint: hintForUnknown(field, known, found.placesOf(field)) };
  });
}

const MAX_PLACES_NAMED = 3;

function hintForUnknown(field: string, known: readonly string[], places: readonly string[]): string {
  if (field === '<<') return 'YAML 1.2 has no merge keys: write the fields out';
  if (places.length === 0 || places.length > MAX_PLACES_NAMED) return `known fields are ${known.join(', ')}`;
  const parents = places.map(path => (path === '' ? 'the top level' : `\`${path}\``)).join(' or ');
  return `\`${field}\` belongs to ${parents}: check how far it is indented`;
}

function shown({ value, isSecret }: Found): string {
  return isSecret ? foundWords(value, true) : quoted(value);
}

function name(path: string): string {
  return path === '' ? 'the document' : `\`${path}\``;
}
