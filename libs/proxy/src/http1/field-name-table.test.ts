// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldNameAt } from './field-name-table.ts';
import { fieldNameFromText } from './field-names.ts';
import { HeadLines } from './head-lines.ts';

function find(name: string) {
  return fieldNameAt(HeadLines.of(`?${name}:`), 1, 1 + name.length);
}

describe('field names found in bytes', () => {
  it('are those found in text: by name, in any case, of any token, and undefined for what is none', () => {
    const char = fc.constantFrom(...Array.from('abcxyzABCXYZ019-_!~ (@\u0080ÿ'));
    const name = fc.oneof(
      fc.constantFrom('Host', 'HOST', 'content-length', 'Content_Length', 'X-Forwarded-For', 'te'),
      fc.array(char, { minLength: 1, maxLength: 70 }).map(chars => chars.join('')),
    );
    fc.assert(
      fc.property(name, text => {
        expect(find(text)).toStrictEqual(fieldNameFromText(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('stay right when more come than are remembered, and when they collide', () => {
    for (let i = 0; i < 3_000; i++) expect(find(`x-${i}`)?.name).toBe(`x-${i}`);
    // `Aa` and `BB` have one hash where each character weighs 31 times the next; in lower case so do `a~` and `b_`.
    const collide = (i: number): string => Array.from({ length: 10 }, (_, bit) => ((i >> bit) & 1 ? 'a~' : 'b_')).join('');
    for (let i = 0; i < 1_024; i++) expect(find(collide(i))?.name).toBe(collide(i));
  });
});
