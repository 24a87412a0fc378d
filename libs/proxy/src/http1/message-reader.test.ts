// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../engine/settings.ts';
import { createRequestReader } from './request-reader.ts';
import { createResponseReader } from './response-reader.ts';

interface Message {
  target: string;
  body: string;
  trailers: string[];
  isComplete: boolean;
}

/** What a reader makes of bytes that come in pieces: messages, and the fault that ended the connection. */
function readRequests(pieces: readonly Buffer[]): { messages: Message[]; fault: string } {
  const messages: Message[] = [];
  const reader = createRequestReader(
    {
      onRequest: ({ target }) => void messages.push({ target, body: '', trailers: [], isComplete: false }),
      onRequestData: chunk => void (messages.at(-1)!.body += chunk.toString('latin1')),
      onRequestEnd: trailers => {
        messages.at(-1)!.isComplete = true;
        messages.at(-1)!.trailers = trailers?.names ?? [];
        reader.advance();
      },
    },
    defaultLimits,
  );
  try {
    for (const piece of pieces) reader.push(piece);
  } catch (reason) {
    return { messages, fault: Fault.from(reason).code };
  }
  return { messages, fault: '' };
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const STREAMS: Readonly<Record<string, string>> = {
  'requests one after another': 'GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n',
  'an empty line before each request': '\r\nGET /1 HTTP/1.1\r\nhost: a\r\n\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n',
  'a body of known length': 'POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhelloGET /2 HTTP/1.1\r\nhost: a\r\n\r\n',
  'a chunked body with extension and trailers':
    'POST /1 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n1\r\n!\r\n0\r\nx-sum: 1\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n',
  'two empty lines': '\r\n\r\nGET /1 HTTP/1.1\r\nhost: a\r\n\r\n',
  'a bare line feed': 'GET /1 HTTP/1.1\nhost: a\n\n',
  'a bare line feed late in the head': 'GET /1 HTTP/1.1\r\nhost: a\r\nx: y\nz: 1\r\n\r\n',
  'a chunk longer than its size': 'POST /1 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n',
  'a chunk size that is none': 'POST /1 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n',
  'a chunk line ended by a line feed': 'POST /1 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n',
  'a framing field among trailers':
    'POST /1 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\ncontent-length: 5\r\n\r\n',
  'a binary greeting': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
};

describe('the request reader', () => {
  it.each(Object.entries(STREAMS))('reads the same from %s, wherever the bytes are split', (_what, text) => {
    const whole = readRequests([bytes(text)]);
    for (let at = 1; at < text.length; at++) {
      expect(readRequests([bytes(text.slice(0, at)), bytes(text.slice(at))]), `split at ${at}`).toEqual(whole);
    }
    expect(readRequests(Array.from(text, bytes)), 'byte by byte').toEqual(whole);
  });

  it('reads pipelined requests with bodies and trailers', () => {
    expect(readRequests([bytes(STREAMS['a chunked body with extension and trailers']!)])).toEqual({
      messages: [
        { target: '/1', body: 'hello!', trailers: ['x-sum'], isComplete: true },
        { target: '/2', body: '', trailers: [], isComplete: true },
      ],
      fault: '',
    });
  });

  it.each([
    ['two empty lines'],
    ['a bare line feed'],
    ['a bare line feed late in the head'],
    ['a chunk longer than its size'],
    ['a chunk size that is none'],
    ['a chunk line ended by a line feed'],
    ['a framing field among trailers'],
    ['a binary greeting'],
  ])('refuses %s', what => {
    expect(readRequests([bytes(STREAMS[what]!)]).fault).toBe('bad_request');
  });

  it('refuses a head over the limit in one piece and in many', () => {
    const text = `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(defaultLimits.maxHeadBytes)}\r\n\r\n`;
    expect(readRequests([bytes(text)]).fault).toBe('headers_too_large');
    expect(readRequests(text.match(/.{1,1000}/gs)!.map(bytes)).fault).toBe('headers_too_large');
  });

  it('gives the same for any request with any body, split anywhere', () => {
    const chunk = fc.string({ minLength: 1, maxLength: 20, unit: 'binary-ascii' });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 5 }), fc.array(fc.nat(200), { maxLength: 6 }), (chunks, cuts) => {
        const body = chunks.map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
        const text = `POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${body}0\r\n\r\n`;
        const places = [0, ...cuts.map(cut => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((place, i) => bytes(text.slice(places[i], place)));
        expect(readRequests(pieces)).toEqual({
          messages: [{ target: '/x', body: chunks.join(''), trailers: [], isComplete: true }],
          fault: '',
        });
      }),
    );
  });

  it('keeps what comes for the next request until it is asked for', () => {
    const targets: string[] = [];
    const reader = createRequestReader(
      { onRequest: ({ target }) => void targets.push(target), onRequestData: () => undefined, onRequestEnd: () => undefined },
      defaultLimits,
    );
    reader.push(bytes(STREAMS['requests one after another']!));
    expect(targets).toEqual(['/1']);
    expect(reader.keptBytes).toBeGreaterThan(0);
    reader.advance();
    expect(targets).toEqual(['/1', '/2']);
  });
});

describe('the response reader', () => {
  function readResponses(pieces: readonly Buffer[], method = 'GET') {
    const seen: string[] = [];
    const reader = createResponseReader(
      {
        isSwitchWanted: () => false,
        requestMethod: () => method,
        onInterim: ({ head }) => void seen.push(`interim ${head.status}`),
        onResponse: ({ head }) => void seen.push(`response ${head.status}`),
        onResponseData: chunk => void seen.push(chunk.toString('latin1')),
        onResponseEnd: () => void seen.push('end'),
      },
      defaultLimits,
    );
    for (const piece of pieces) reader.push(piece);
    return { seen, reader };
  }

  it('gives interim responses before the one that counts', () => {
    const { seen } = readResponses([
      bytes('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
    ]);
    expect(seen).toEqual(['interim 103', 'response 200', 'ok', 'end']);
  });

  it('takes nothing after a complete response for another one', () => {
    const { seen, reader } = readResponses([
      bytes('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    ]);
    expect(seen).toEqual(['response 200', 'end']);
    expect(reader.keptBytes).toBeGreaterThan(0);
  });

  it('ends a body without length with the connection, and no other', () => {
    const untilClose = readResponses([bytes('HTTP/1.1 200 OK\r\n\r\nabc')]);
    expect(untilClose.reader.end()).toBe(true);
    expect(untilClose.seen).toEqual(['response 200', 'abc', 'end']);
    expect(readResponses([bytes('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc')]).reader.end()).toBe(false);
  });

  it('refuses 101 and endless interim responses', () => {
    expect(() => readResponses([bytes('HTTP/1.1 101 Switching Protocols\r\n\r\n')])).toThrow('a 101 that nobody asked for');
    expect(() => readResponses([bytes('HTTP/1.1 102 Processing\r\n\r\n'.repeat(17))])).toThrow('too many 1xx responses');
  });
});
