// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalisePath } from './normalise-path.ts';

describe('normalisePath', () => {
  it.each([
    ['/', '/'],
    ['/a/b/', '/a/b/'],
    ["/a-b._~!$&'()*+,;=:@c", "/a-b._~!$&'()*+,;=:@c"],
    ['/%7Euser/%61', '/~user/a'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%2fb%5cc', '/a%2Fb%5Cc'],
    ['/a//b///', '/a/b/'],
    ['//a', '/a'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a//../b', '/b'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/a/..', '/'],
    ['/...', '/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/..a/a..', '/..a/a..'],
    ['/%252e%252e/a', '/%252e%252e/a'],
  ])('turns %s into %s', (path, expected) => {
    expect(normalisePath(path)).toBe(expected);
  });

  it.each([
    ['', 'path "" does not begin with "/"'],
    ['a', 'path "a" does not begin with "/"'],
    ['/..', 'path "/.." leads above the root'],
    ['/a/../../b', 'path "/a/../../b" leads above the root'],
    ['/a/%2e%2e/%2e./b', 'path "/a/../../b" leads above the root'],
    ['/a\\b', 'request target has character 0x5C (backslash) at offset 2'],
    ['/a#b', 'request target has character 0x23 (fragments are not sent to servers) at offset 2'],
    ['/a b', 'request target has character 0x20 at offset 2'],
    ['/a\u0000', 'request target has character 0x00 at offset 2'],
    ['/a%00', 'request target has character 0x00 at offset 2'],
    ['/a%0d%0a', 'request target has character 0x0D at offset 2'],
    ['/caf\u00e9', 'request target has character 0xE9 at offset 4'],
    ['/100%', 'path has "%" without two hexadecimal digits at offset 4: write %25 for a percent sign'],
    ['/%g0', 'path has "%" without two hexadecimal digits at offset 1: write %25 for a percent sign'],
    ['/a/..;x/b', 'path segment "..;x" may be read as a dot segment further on'],
    ['/a/..%2fb', 'path segment "..%2Fb" may be read as a dot segment further on'],
    ['/a/b%5C..', 'path segment "b%5C.." may be read as a dot segment further on'],
  ])('refuses %j', (path, message) => {
    expect(() => normalisePath(path)).toThrow(expect.objectContaining({ code: 'bad_request', message }));
  });

  it('gives a path that is its own normal form, without dot segments and empty segments', () => {
    const pieces = fc.constantFrom('/', '/', '.', '..', 'a', 'b', '%2e', '%2F', '%5c', '%25', '%41', ';', '%2', 'e');
    const path = fc.array(pieces, { maxLength: 12 }).map(parts => `/${parts.join('')}`);
    fc.assert(
      fc.property(path, written => {
        const normal = normalisedOrRefused(written);
        fc.pre(normal !== undefined);
        expect(normalisePath(normal)).toBe(normal);
        const segments = normal.slice(1).split('/');
        expect(segments.slice(0, -1)).not.toContain('');
        expect(segments.flatMap(segment => segment.split(/%2F|%5C/))).not.toContain('..');
      }),
      { numRuns: 2_000 },
    );
  });
});

function normalisedOrRefused(path: string): string | undefined {
  try {
    return normalisePath(path);
  } catch {
    return undefined;
  }
}
