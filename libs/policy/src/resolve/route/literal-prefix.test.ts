// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { literalPrefixOfRegex } from './literal-prefix.ts';

describe('the literal prefix of an expression', () => {
  it.each([
    ['/admin/(?!public).*', '/admin'],
    ['^/admin/users/(', '/admin/users'],
    ['/adm(in)(', '/'],
    ['/admin/user?(', '/admin'],
    ['/a/|/b/(', '/'],
    ['(?<=/a)', '/'],
    ['.*(', '/'],
    ['', '/'],
  ])('of %s is %s', (expression, prefix) => {
    expect(literalPrefixOfRegex(expression)).toBe(prefix);
  });
});
