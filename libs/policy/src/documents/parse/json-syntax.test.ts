// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonSyntaxRefusal } from './json-syntax.ts';
import { SourceText } from './source-text.ts';

function offsetIn(text: string): number | undefined {
  return jsonSyntaxRefusal(new SourceText('a.json', text))?.offset;
}

describe('where a text stops being JSON', () => {
  it.each([
    ['YAML', 'kind: Service', 0],
    ['a comma before a bracket', '[1, 2,]', 6],
    ['a comma before a brace', '{"a": 1,}', 8],
    ['no comma', '{"a": 1 "b": 2}', 8],
    ['no colon', '{"a" 1}', 5],
    ['a comment', '[1, // one\n2]', 4],
    ['single quotes', "{'a': 1}", 1],
    ['the wrong bracket', '{"a": [1}}', 8],
    ['a word', '{"a": yes}', 6],
    ['a leading zero', '[012]', 1],
    ['a line break in text', '["a\nb"]', 1],
    ['more after the end', '{} {}', 3],
    ['an end too soon', '{"a": [1', 7],
  ])('is found for %s', (_, text, offset) => {
    expect(offsetIn(text)).toBe(offset);
  });

  it('is nowhere in JSON', () => {
    fc.assert(
      fc.property(fc.json(), text => {
        expect(offsetIn(text)).toBeUndefined();
      }),
    );
  });

  it('is not before a character that was damaged', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (text, seed) => {
        const at = seed % (text.length + 1);
        const offset = offsetIn(`${text.slice(0, at)}\u0000${text.slice(at)}`);
        // A token that is damaged inside is at fault from its first character on.
        const tokenStart = Math.max(
          0,
          ...[...text.matchAll(/"(?:[^"\\]|\\.)*"|[\w.+-]+/g)].filter(({ index }) => index < at).map(({ index }) => index),
        );
        expect(offset).toBeGreaterThanOrEqual(Math.min(tokenStart, at));
        expect(offset).toBeLessThanOrEqual(at);
      }),
    );
  });
});
