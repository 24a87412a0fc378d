// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueryParameter } from './query-parameter.ts';

describe('QueryParameter', () => {
  it.each([
    ['a=1&a=2', 'a', '1'],
    ['b=1', 'a', undefined],
    ['ab=1&a=2', 'a', '2'],
    ['%61=1', 'a', '1'],
    ['a', 'a', ''],
    ['a=', 'a', ''],
    ['&&a=x', 'a', 'x'],
    ['a=b=c', 'a', 'b=c'],
    ['a=1+2%203', 'a', '1 2 3'],
    ['x+y=1', 'x y', '1'],
    ['a=%zz', 'a', '%zz'],
    ['', 'a', undefined],
    ['caf%C3%A9=1', 'café', '1'],
  ])('in %j, %j is %j', (query, name, value) => {
    expect(new QueryParameter(name).valueIn(query)).toBe(value);
  });

  it('reads queries as URLSearchParams does', () => {
    const pieces = fc.constantFrom('a', 'b', '=', '&', '%', '%61', '%3D', '%26', '+', '%C3%A9', '%ff', '6', '1');
    const query = fc.array(pieces, { maxLength: 16 }).map(parts => parts.join(''));
    const name = fc.constantFrom('a', 'b', 'ab', '', '=', '&', 'é', 'a b', '%', '%a', '1');
    fc.assert(
      fc.property(query, name, (text, asked) => {
        const expected = new URLSearchParams(`&${text}`).get(asked) ?? undefined;
        expect(new QueryParameter(asked).valueIn(text)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
