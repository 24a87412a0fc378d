// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../engine/settings.ts';
import { HeadLines } from './head-lines.ts';
import { CHUNKED, UNTIL_CLOSE } from './framing.ts';
import { parseResponseHead } from './response-head.ts';

const parse = (method: string, ...lines: readonly string[]) =>
  parseResponseHead(HeadLines.of(lines.join('\r\n')), method, defaultLimits);

describe('parseResponseHead', () => {
  it('reads status and fields', () => {
    const { head, bodyLength, isPersistent } = parse(
      'GET',
      'HTTP/1.1 201 Created',
      'Content-Length: 3',
      'Set-Cookie: a',
      'Set-Cookie: b',
    );
    expect({ status: head.status, contentLength: head.contentLength, bodyLength, isPersistent }).toEqual({
      status: 201,
      contentLength: 3,
      bodyLength: 3,
      isPersistent: true,
    });
    expect([...head.headers.entries()]).toEqual([
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
    ]);
  });

  it.each<[string, string, readonly string[], number, number | undefined]>([
    ['a chunked one', 'GET', ['HTTP/1.1 200 OK', 'transfer-encoding: chunked'], CHUNKED, undefined],
    ['one without a length', 'GET', ['HTTP/1.1 200 OK'], UNTIL_CLOSE, undefined],
    ['one to HEAD', 'HEAD', ['HTTP/1.1 200 OK', 'content-length: 10'], 0, 10],
    ['a chunked one to HEAD', 'HEAD', ['HTTP/1.1 200 OK', 'transfer-encoding: chunked'], 0, undefined],
    ['204', 'GET', ['HTTP/1.1 204 No Content'], 0, undefined],
    ['304 with a length', 'GET', ['HTTP/1.1 304 Not Modified', 'content-length: 10'], 0, 10],
    ['one without a reason', 'GET', ['HTTP/1.1 200', 'content-length: 0'], 0, 0],
  ])('knows the body of %s', (_what, method, lines, bodyLength, contentLength) => {
    const parsed = parse(method, ...lines);
    expect(parsed.bodyLength).toBe(bodyLength);
    expect(parsed.head.contentLength).toBe(contentLength);
  });

  it.each<[string, readonly string[]]>([
    ['garbage', ['hello']],
    ['another version', ['HTTP/2.0 200 OK']],
    ['a status of two digits', ['HTTP/1.1 20 OK']],
    ['both lengths', ['HTTP/1.1 200 OK', 'content-length: 1', 'transfer-encoding: chunked']],
    ['two lengths', ['HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 2']],
    ['another coding', ['HTTP/1.1 200 OK', 'transfer-encoding: gzip']],
    ['a bare line feed', ['HTTP/1.1 200 OK', 'a: b\nc: d']],
  ])('refuses %s as a fault of the upstream', (_what, lines) => {
    expect(() => parse('GET', ...lines)).toThrow(Fault);
    expect(() => parse('GET', ...lines)).toThrow(expect.objectContaining({ code: 'upstream_protocol_error' }));
  });
});
