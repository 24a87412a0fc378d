// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { wholeValueExpression } from './whole-value-expression.ts';

const VALUES = ['shop', 'SHOP', 'blog', 'shop.v1', 'shop.v2', 'xshop', '', '$', '^', 'a|b', 'a]', ')'];

describe('an expression that is to cover a whole value', () => {
  it.each([
    [String.raw`^shop\..*$`, String.raw`shop\..*`],
    ['^shop$|^blog$', 'shop|blog'],
    ['(?i)^shop$', '(?i)shop'],
    [String.raw`\Ashop\z`, 'shop'],
    ['^(shop|blog)$', '(shop|blog)'],
    [String.raw`\$`, String.raw`\$`],
    ['[$^]', '[$^]'],
    ['[]^$]a', '[]^$]a'],
    ['[[:alpha:]^]+', '[[:alpha:]^]+'],
    [String.raw`\Qa|b$`, String.raw`\Qa|b$\E`],
    [String.raw`\Q^\E$`, String.raw`\Q^\E`],
  ])('is %s without what cannot hold inside a longer one', (expression, expected) => {
    const found = wholeValueExpression(expression);
    expect(found).toBe(expected);
    const inside = RE2JS.compile(`/(?:${found!})/`);
    const alone = RE2JS.compile(expression);
    for (const value of VALUES) expect([value, inside.testExact(`/${value}/`)]).toEqual([value, alone.testExact(value)]);
  });

  it.each(['(^shop|blog)', 'shop^', '$shop', '(shop$)', 'sh$op'])('is none where %s has an end inside', expression => {
    expect(wholeValueExpression(expression)).toBeUndefined();
  });
});
