// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { keySetUrlProblem } from './key-set-url-problem.ts';

describe('keySetUrlProblem', () => {
  it.each([
    'https://issuer.example/jwks.json',
    'http://localhost:8080/jwks',
    'http://127.0.0.1/jwks',
    'http://127.1.2.3/jwks',
    'http://[::1]:8080/jwks',
  ])('has nothing against %s', url => {
    expect(keySetUrlProblem(url, { allowsPlaintext: false })).toBeUndefined();
  });

  it.each([
    ['http://issuer.example/jwks', 'keys that come from issuer.example over http: could be anybody’s; write an https: URL'],
    ['http://localhost.example/jwks', 'keys that come from localhost.example over http: could be anybody’s; write an https: URL'],
    ['http://127.0.0.1.example/', 'keys that come from 127.0.0.1.example over http: could be anybody’s; write an https: URL'],
    ['jwks.json', '"jwks.json" is no URL; write one such as https://issuer.example/jwks.json'],
    ['file:///etc/passwd', 'file: cannot be fetched; write an https: URL'],
    ['https://me:secret@issuer.example/', 'the URL has a user name or password; key sets are public'],
    ['https://issuer.example/jwks#key', 'the URL has a fragment, #key, which no server is sent'],
  ])('refuses %s', (url, problem) => {
    expect(keySetUrlProblem(url, { allowsPlaintext: false })).toBe(problem.replace('’', "'"));
  });

  it('takes http where it is said, and nothing else', () => {
    expect(keySetUrlProblem('http://issuer.example/jwks', { allowsPlaintext: true })).toBeUndefined();
    expect(keySetUrlProblem('ftp://issuer.example/jwks', { allowsPlaintext: true })).toContain('ftp: cannot be fetched');
  });
});
