// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseQuestion } from './parse-question.ts';

describe('parseQuestion', () => {
  it('takes method and URL of a request, and the URL of a connection alone', () => {
    expect(parseQuestion('GET', 'http://a.example/')).toEqual({ method: 'GET', url: 'http://a.example/' });
    expect(parseQuestion('udp://127.0.0.1:53', undefined)).toEqual({ method: '', url: 'udp://127.0.0.1:53' });
  });

  it.each([
    ['GET', 'tcp://127.0.0.1:5432', 'a connection has no method: write tcp://127.0.0.1:5432 alone'],
    ['GET', '/cart', 'write an absolute URL, such as http://shop.example:8080/cart'],
    ['http://a.example/', undefined, 'write METHOD and URL, such as GET http://shop.example:8080/cart, or a connection'],
    ['tcp://a.example', undefined, 'write host and port of a connection and nothing behind them'],
  ])('refuses %s %s', (first, second, message) => {
    expect(() => parseQuestion(first, second)).toThrow(message);
  });
});
