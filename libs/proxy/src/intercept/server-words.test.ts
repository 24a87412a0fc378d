// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { classifyServerWords } from './server-words.ts';

describe('what a server says first', () => {
  it.each([
    ['first', '220 mail.example ESMTP\r\n'],
    ['first', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['first', 'HTTP is not what this is'],
    ['first', '\x4a\0\0\0\x0a8.4.0\0'],
    ['first', '\0\0\x05'],
    ['first', '\0\0\x06\x01'],
    ['first', '\0\0\x06\x04\x01'],
    ['first', '\0\0\x06\x04\0\0\0\0\x01'],
    ['http1', 'HTTP/1.1 408 Request Timeout\r\n'],
    ['http2', '\0\0\0\x04\0\0\0\0\0'],
    ['http2', '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64'],
    ['undecided', ''],
    ['undecided', 'HTTP/'],
    ['undecided', '\0'],
    ['undecided', '\0\0\x06\x04\0\0\0\0'],
  ])('is %s: %j', (meaning, words) => {
    expect(classifyServerWords(Buffer.from(words, 'latin1'))).toBe(meaning);
  });
});
