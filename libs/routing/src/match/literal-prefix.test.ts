// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { literalPrefix } from './literal-prefix.ts';

describe('literalPrefix', () => {
  it.each([
    ['/api/v[0-9]+', '/api/v'],
    ['^/api', '/api'],
    ['/a\\.b.*', '/a.b'],
    ['/ab*', '/a'],
    ['/ab?c', '/a'],
    ['/ab{2}', '/a'],
    ['/ab+c', '/ab'],
    ['/a\\d', '/a'],
    ['/a|/b', ''],
    ['/a(b|c)', '/a'],
    ['/x[|]y', '/x'],
    ['/x[]|]y|z', ''],
    ['/a[[:alpha:]|]', '/a'],
    ['(?i)/a', ''],
    ['/a\\Qb|c\\E', ''],
    ['', ''],
  ])('of %s is "%s"', (pattern, prefix) => {
    expect(literalPrefix(pattern)).toBe(prefix);
  });

  it('begins every text that the pattern covers', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '/',
      '.',
      '\\.',
      '[ab]',
      '[^a]',
      '(a|b)',
      '(?:ab)',
      '\\/',
      '^',
      '$',
      '|',
      '\\w',
      '[]a]',
    );
    const piece = fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}')).map(([left, right]) => left + right);
    const pattern = fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 20, maxLength: 20 }), (source, texts) => {
        const regex = compiled(source);
        fc.pre(regex !== undefined);
        for (const one of texts) if (regex.testExact(one)) expect(one.startsWith(literalPrefix(source))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function compiled(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}
