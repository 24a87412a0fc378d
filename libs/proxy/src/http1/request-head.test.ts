// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../engine/settings.ts';
import { HeadLines } from './head-lines.ts';
import { CHUNKED, UNTIL_CLOSE } from './framing.ts';
import { parseRequestHead } from './request-head.ts';

const parse = (...lines: readonly string[]) => parseRequestHead(HeadLines.of(lines.join('\r\n')), defaultLimits);

function refusal(...lines: readonly string[]): string {
  try {
    parse(...lines);
  } catch (reason) {
    if (reason instanceof Fault) return `${reason.code}: ${reason.message}`;
    throw reason;
  }
  return 'accepted';
}

describe('parseRequestHead', () => {
  it('takes an upgrade to websocket, after which all that comes is the body', () => {
    const head = parse('GET / HTTP/1.1', 'host: a', 'connection: upgrade', 'upgrade: WebSocket');
    expect([head.upgrade, head.bodyLength]).toEqual(['websocket', UNTIL_CLOSE]);
    expect(parse('GET / HTTP/1.1', 'host: a', 'connection: upgrade', 'upgrade: h2c, websocket').upgrade).toBeUndefined();
  });

  it('reads method, target, version and fields, names in lower case and values without blanks around them', () => {
    const head = parse('GET /a?b=1 HTTP/1.1', 'Host: Shop.example:8080', 'X-Note: \t two words \t');
    expect(head).toMatchObject({ method: 'GET', target: '/a?b=1', minorVersion: 1, host: 'Shop.example:8080', bodyLength: 0 });
    expect([...head.headers.entries()]).toEqual([['x-note', 'two words']]);
  });

  it('keeps several fields of one name apart and in order', () => {
    const head = parse('GET / HTTP/1.1', 'host: a', 'cookie: x=1', 'accept: b', 'cookie: y=2');
    expect([...head.headers.entries()]).toEqual([
      ['cookie', 'x=1'],
      ['accept', 'b'],
      ['cookie', 'y=2'],
    ]);
  });

  it('takes out what is between neighbours, and what the connection field names', () => {
    const head = parse(
      'GET / HTTP/1.1',
      'host: a',
      'connection: keep-alive, X-Hop',
      'x-hop: 1',
      'keep-alive: timeout=5',
      'te: trailers, deflate',
      'proxy-connection: close',
      'upgrade: h2c',
      'x-stay: 2',
    );
    expect([...head.headers.entries()]).toEqual([
      ['x-stay', '2'],
      ['te', 'trailers'],
    ]);
  });

  it('drops the twins with underscores of fields that matter, and no others', () => {
    const head = parse(
      'GET / HTTP/1.1',
      'host: a',
      'Content_Length: 5',
      'x_forwarded_for: 1.2.3.4',
      'X-Forwarded_Proto: https',
      'my_field: 1',
    );
    expect([...head.headers.entries()]).toEqual([['my_field', '1']]);
    expect(head.bodyLength).toBe(0);
  });

  it.each([
    ['HTTP/1.1', undefined, true],
    ['HTTP/1.1', 'close', false],
    ['HTTP/1.1', 'Close, x', false],
    ['HTTP/1.0', undefined, false],
    ['HTTP/1.0', 'keep-alive', true],
    ['HTTP/1.0', 'keep-alive, close', false],
  ])('with %s and connection %s decides whether the connection persists: %s', (version, connection, isPersistent) => {
    const fields = connection === undefined ? [] : [`connection: ${connection}`];
    expect(parse(`GET / ${version}`, 'host: a', ...fields).isPersistent).toBe(isPersistent);
  });

  it('understands the length of a body', () => {
    expect(parse('POST / HTTP/1.1', 'host: a', 'content-length: 12').bodyLength).toBe(12);
    expect(parse('POST / HTTP/1.1', 'host: a', 'Transfer-Encoding: Chunked').bodyLength).toBe(CHUNKED);
  });

  it('notes that a client waits for 100, but not one that speaks HTTP/1.0', () => {
    expect(parse('POST / HTTP/1.1', 'host: a', 'expect: 100-Continue', 'content-length: 1').expectsContinue).toBe(true);
    expect(parse('POST / HTTP/1.0', 'expect: 100-continue', 'content-length: 1').expectsContinue).toBe(false);
  });

  it.each<[string, readonly string[], string]>([
    ['a missing version', ['GET /'], 'bad_request: request line without method, target and version'],
    ['a tab in the request line', ['GET\t/ HTTP/1.1'], 'bad_request: request line without method, target and version'],
    ['two spaces in the request line', ['GET  / HTTP/1.1'], 'bad_request: request target with a forbidden character'],
    ['a method that is no token', ['G(T / HTTP/1.1'], 'bad_request: method is not a token'],
    ['a control character in the target', ['GET /\x01 HTTP/1.1'], 'bad_request: request target with a forbidden character'],
    ['a later version', ['GET / HTTP/2.0'], 'version_not_supported: version HTTP/2.0'],
    ['a malformed version', ['GET / http/1.1'], 'bad_request: malformed HTTP version'],
    ['CONNECT', ['CONNECT a:1 HTTP/1.1', 'host: a'], 'not_implemented: CONNECT is not served'],
    ['no host', ['GET / HTTP/1.1'], 'bad_request: no host field'],
    ['two hosts', ['GET / HTTP/1.1', 'host: a', 'host: a'], 'bad_request: several host fields'],
    ['a folded line', ['GET / HTTP/1.1', 'host: a', 'x: 1', ' 2'], 'bad_request: a field line has no colon'],
    ['a folded line with a colon', ['GET / HTTP/1.1', 'host: a', 'x: 1', ' y: 2'], 'bad_request: a field name is not a token'],
    ['a space before the colon', ['GET / HTTP/1.1', 'host : a'], 'bad_request: a field name is not a token'],
    ['an empty name', ['GET / HTTP/1.1', 'host: a', ': x'], 'bad_request: a field name is not a token'],
    ['a line feed in a value', ['GET / HTTP/1.1', 'host: a\nx: y'], 'bad_request: a control character in the value of host'],
    [
      'a carriage return in a value',
      ['GET / HTTP/1.1', 'host: a', 'x: y\rz'],
      'bad_request: a control character in the value of x',
    ],
    ['a NUL in a value', ['GET / HTTP/1.1', 'host: a', 'x: y\0'], 'bad_request: a control character in the value of x'],
    [
      'both lengths',
      ['POST / HTTP/1.1', 'host: a', 'content-length: 1', 'transfer-encoding: chunked'],
      'bad_request: content-length together with transfer-encoding',
    ],
    [
      'two equal lengths',
      ['POST / HTTP/1.1', 'host: a', 'content-length: 1', 'content-length: 1'],
      'bad_request: several content-length fields',
    ],
    [
      'a list of lengths',
      ['POST / HTTP/1.1', 'host: a', 'content-length: 1, 1'],
      'bad_request: content-length is not a plain number',
    ],
    [
      'a signed length',
      ['POST / HTTP/1.1', 'host: a', 'content-length: +1'],
      'bad_request: content-length is not a plain number',
    ],
    ['an empty length', ['POST / HTTP/1.1', 'host: a', 'content-length:'], 'bad_request: content-length is not a plain number'],
    [
      'chunked twice',
      ['POST / HTTP/1.1', 'host: a', 'transfer-encoding: chunked, chunked'],
      'bad_request: transfer-encoding other than chunked',
    ],
    [
      'another coding',
      ['POST / HTTP/1.1', 'host: a', 'transfer-encoding: gzip, chunked'],
      'not_implemented: transfer-encoding other than chunked',
    ],
    [
      'chunked not last',
      ['POST / HTTP/1.1', 'host: a', 'transfer-encoding: chunked, gzip'],
      'bad_request: transfer-encoding other than chunked',
    ],
    [
      'a coding in 1.0',
      ['POST / HTTP/1.0', 'transfer-encoding: chunked'],
      'bad_request: transfer-encoding in an HTTP/1.0 request',
    ],
    ['an unknown expectation', ['POST / HTTP/1.1', 'host: a', 'expect: gold'], 'expectation_failed: unknown expectation'],
    [
      'an upgrade to websocket with a body',
      ['GET / HTTP/1.1', 'host: a', 'connection: upgrade', 'upgrade: websocket', 'content-length: 5'],
      'bad_request: upgrade to websocket by another method than GET, or with a body',
    ],
  ])('refuses %s', (_what, lines, message) => {
    expect(refusal(...lines)).toBe(message);
  });

  it('refuses more fields and longer request lines than the limits', () => {
    const fields = Array.from({ length: defaultLimits.maxHeaderCount }, (_, i) => `x-${i}: 1`);
    expect(refusal('GET / HTTP/1.1', 'host: a', ...fields)).toBe('headers_too_large: more than 128 header fields');
    expect(refusal(`GET /${'a'.repeat(defaultLimits.maxRequestLineBytes)} HTTP/1.1`, 'host: a')).toBe(
      'uri_too_long: request line too long',
    );
  });
});
