// SPDX-License-Identifier: Apache-2.0

const MAX_SHOWN = 8;
const MAX_LENGTH = 60;

/** Compiled values are plain data whose fields always come in one order, so that equal values have one text. */
export function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** A value on one line, shortened. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none';
  // An empty list is said, and often the opposite of nothing.
  if (Array.isArray(value) && value.length === 0) return '[]';
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return shownList(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

export function shownList(items: readonly string[]): string {
  const text = items.slice(0, MAX_SHOWN).join(' ');
  return items.length > MAX_SHOWN ? `${text} and ${items.length - MAX_SHOWN} more` : text;
}

/** What became of a field, in words. */
export function fromTo(name: string, before: unknown, after: unknown): string {
  return `${name}: ${shown(before)} → ${shown(after)}`;
}

/** Names of the fields in which two objects differ. */
export function differingFields(before: object, after: object): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter(name => !isSame(fieldOf(before, name), fieldOf(after, name)));
}

export function fieldOf(object: object, name: string): unknown {
  return Reflect.get(object, name);
}

/** Items of two lists by a key: what both have, and what only one has. */
export interface Paired<Item> {
  readonly both: readonly (readonly [before: Item, after: Item])[];
  readonly lost: readonly Item[];
  readonly gained: readonly Item[];
}

export function paired<Item>(before: readonly Item[], after: readonly Item[], keyOf: (item: Item) => string): Paired<Item> {
  const [old, now] = [before, after].map(items => new Map(items.map(item => [keyOf(item), item])));
  const both = [...old!].flatMap(([key, item]) => (now!.has(key) ? [[item, now!.get(key)!] as const] : []));
  return {
    both,
    lost: [...old!].flatMap(([key, item]) => (now!.has(key) ? [] : [item])),
    gained: [...now!].flatMap(([key, item]) => (old!.has(key) ? [] : [item])),
  };
}
