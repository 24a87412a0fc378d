// SPDX-License-Identifier: Apache-2.0
import { textField } from './text-field.ts';

/** Values that repeat are few; what a client could choose is forgotten before it fills the memory. */
const MAX_REMEMBERED = 4_096;

/**
 * A field whose values repeat from line to line: each is escaped and put together once. Returns
 * what `textField` does.
 */
export function createRepeatedField(name: string): (value: string) => string {
  const remembered = new Map<string, string>();
  return value => {
    const known = remembered.get(value);
    if (known !== undefined) return known;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const field = flat(textField(name, value));
    remembered.set(value, field);
    return field;
  };
}

/** In one piece: a text that still consists of its parts would be put together again for every line. */
export function flat(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
