// SPDX-License-Identifier: Apache-2.0
import type { Field, ListValue, ScalarValue, Value } from '../fields/field.ts';

/** What is written there: `text`, `list of objects`. Objects lead to their own table. */
export function typeWords(value: Value): string {
  switch (value.kind) {
    case 'object':
      return `[object](#${anchorOf(value.path)})`;
    case 'list':
      return value.item.kind === 'object'
        ? `[list of objects](#${anchorOf(value.item.path)})`
        : `list of ${manyWords(value.item)}`;
    case 'map':
      return `map to ${typeWords(value.value)}`;
    case 'open':
      return 'anything';
    case 'scalar':
      return scalarWords(value);
  }
}

const ONE: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
};
const MANY: Readonly<Record<string, string>> = {
  string: 'texts',
  integer: 'whole numbers',
  number: 'numbers',
  boolean: 'booleans',
};

function scalarWords({ schema }: ScalarValue): string {
  return choicesOf(schema)?.join(', ') ?? ONE[String(schema['type'])] ?? String(schema['type']);
}

function manyWords(value: Value): string {
  if (value.kind !== 'scalar') return typeWords(value);
  return choicesOf(value.schema)?.join(', ') ?? MANY[String(value.schema['type'])] ?? String(value.schema['type']);
}

function choicesOf(schema: ScalarValue['schema']): readonly string[] | undefined {
  const { enum: choices } = schema;
  return Array.isArray(choices) ? choices.map(choice => `\`${String(choice)}\``) : undefined;
}

/** `required`, the default, or nothing. */
export function defaultWords({ isRequired, standard }: Field): string {
  if (isRequired) return 'required';
  return standard === undefined ? '' : `\`${flowText(standard.value)}\``;
}

/** A value as YAML writes it on one line. */
function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([name, inner]) => `${name}: ${flowText(inner)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Lengths, bounds and forms, in words. */
export function limitWords(value: Value): string {
  return wordsOf(value).filter(Boolean).join('; ');
}

function wordsOf(value: Value): readonly string[] {
  switch (value.kind) {
    case 'list':
      return [...listWords(value), each(value.item)];
    case 'map':
      return [range({ max: value.max }, ['entry', 'entries']), each(value.value)];
    case 'scalar':
      return [...boundWords(value.schema), ...saidOf(value)];
    case 'object':
    case 'open':
      return [];
  }
}

/** What holds for each item or entry; objects have a table of their own. */
function each(value: Value): string {
  const words = limitWords(value);
  return words === '' ? '' : `each ${words}`;
}

/** The schema's hint, or what its rules say. */
function saidOf({ hints, rules }: ScalarValue): readonly string[] {
  return hints.length > 0 ? hints.map(hint => hint.replace(/^write (?:it )?/, '')) : rules.map(({ message }) => message);
}

function listWords({ min, max, unique, rules }: ListValue): readonly string[] {
  const different = unique === undefined ? [] : [differentWords(unique.keys)];
  return [range({ min, max }, ['item', 'items']), ...different, ...rules.map(({ message }) => message)];
}

function differentWords(keys: readonly string[]): string {
  return keys.length === 0 ? 'all different' : `no two of the same ${keys.join(' and ')}`;
}

function boundWords({ minLength, maxLength, minimum, maximum }: ScalarValue['schema']): readonly string[] {
  return [
    range({ min: numberOf(minLength), max: numberOf(maxLength) }, ['character', 'characters']),
    bounds(numberOf(minimum), numberOf(maximum)),
  ];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function range({ min, max }: Bounds, [one, many]: readonly [one: string, many: string]): string {
  const unit = (count: number): string => `${count} ${count === 1 ? one : many}`;
  if (min === undefined || min === 0) return max === undefined ? '' : `at most ${unit(max)}`;
  return max === undefined ? `at least ${unit(min)}` : `${min} to ${unit(max)}`;
}

function bounds(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum === undefined) return maximum === undefined ? '' : `at most ${maximum}`;
  return maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`;
}

/** The anchor of a heading as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** A table; what stands in a cell cannot end it. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
