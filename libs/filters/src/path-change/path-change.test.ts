// SPDX-License-Identifier: Apache-2.0
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { compilePathChange } from './path-change.ts';

function replaced(path: string, matchedPrefix: string, value: string): string {
  const exchange = createTestExchange({ request: { path } });
  exchange.matchedPrefix = matchedPrefix;
  return compilePathChange({ kind: 'replacePrefix', value })(exchange);
}

describe('a prefix replacement', () => {
  it.each([
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/', '/foo', '', '/'],
    ['/foo', '/foo', '', '/'],
    ['/foo/', '/foo', '/', '/'],
    ['/foo', '/foo', '/', '/'],
    ['/foo', '/', '/xyz', '/xyz/foo'],
    ['/', '/', '/xyz', '/xyz/'],
  ])('turns %s, matched by %s and replaced by "%s", into %s', (path, prefix, value, expected) => {
    expect(replaced(path, prefix, value)).toBe(expected);
  });

  it('refuses a request whose rule matched no prefix', () => {
    expect(() => replaced('/foo', '', '/xyz')).toThrow('a prefix is to be replaced, but the rule matches no prefix');
  });
});

describe('a full replacement', () => {
  it.each([
    ['/new', '/new'],
    ['', '/'],
    ['new', '/new'],
    ['/a b?c#d\r\ne', '/a%20b%3Fc%23d%0D%0Ae'],
    ['/caf%C3%A9/é', '/caf%C3%A9/%C3%A9'],
  ])('of "%s" is %s', (value, expected) => {
    expect(compilePathChange({ kind: 'replaceFull', value })(createTestExchange())).toBe(expected);
  });
});
