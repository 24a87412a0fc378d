// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { hostFromAuthority, normaliseTarget } from './normalise-target.ts';

describe('normaliseTarget', () => {
  it('takes a path with a query apart and leaves the query as sent', () => {
    expect(normaliseTarget('/a//b?x=%61&y=../z?')).toEqual({
      path: '/a/b',
      query: 'x=%61&y=../z?',
      authority: undefined,
      scheme: undefined,
    });
  });

  it('tells an empty query from none', () => {
    expect(normaliseTarget('/a?').query).toBe('');
    expect(normaliseTarget('/a').query).toBeUndefined();
  });

  it('takes scheme and authority from an absolute-form target', () => {
    expect(normaliseTarget('HTTPS://Shop.Example:8443/a/../b?c')).toEqual({
      path: '/b',
      query: 'c',
      authority: 'shop.example:8443',
      scheme: 'https',
    });
    expect(normaliseTarget('http://shop.example')).toMatchObject({ path: '/', query: undefined });
    expect(normaliseTarget('http://shop.example?q')).toMatchObject({ path: '/', query: 'q' });
  });

  it('takes a path that begins with two slashes for a path', () => {
    expect(normaliseTarget('//evil.example/a')).toMatchObject({ path: '/evil.example/a', authority: undefined });
  });

  it.each([
    ['*', 'request target is neither a path nor an http or https URL'],
    ['shop.example:443', 'request target is neither a path nor an http or https URL'],
    ['ftp://shop.example/', 'request target is neither a path nor an http or https URL'],
    ['http:///a', 'authority "" is not host or host:port'],
    ['http://me:secret@shop.example/', 'authority "me:secret@shop.example" is not host or host:port'],
    ['/a?b#c', 'query has a character at offset 1 that has to be percent-encoded'],
    ['/a?b c', 'query has a character at offset 1 that has to be percent-encoded'],
    ['/a?\u0001', 'query has a character at offset 0 that has to be percent-encoded'],
  ])('refuses %j', (target, message) => {
    expect(() => normaliseTarget(target)).toThrow(expect.objectContaining({ code: 'bad_request', message }));
  });
});

describe('hostFromAuthority', () => {
  it.each([
    ['shop.example', 'shop.example'],
    ['shop.example:8080', 'shop.example'],
    ['shop.example.:80', 'shop.example.'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['[::1]:8080', '[::1]'],
    ['[::1]', '[::1]'],
    ['shop.example:', 'shop.example'],
  ])('of %s is %s', (authority, host) => {
    expect(hostFromAuthority(authority)).toBe(host);
  });

  it.each(['', 'a b', 'a@b', '::1', 'a:b', 'a/b', 'a:123456'])('refuses %j', authority => {
    expect(() => hostFromAuthority(authority)).toThrow('is not host or host:port');
  });
});
