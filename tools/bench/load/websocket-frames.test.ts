// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { MessageSplitter, renderMessage } from './websocket-frames.ts';

describe('renderMessage', () => {
  it('writes one binary frame, with a mask of zeros where a client sends it', () => {
    expect(renderMessage(Buffer.from('hi'), false).toString('hex')).toBe('82026869');
    expect(renderMessage(Buffer.from('hi'), true).toString('hex')).toBe('8282000000006869');
  });

  it.each([
    [126, '827e007e'],
    [65_536, '827f0000000000010000'],
  ])('writes a length of %d the long way', (length, head) => {
    expect(renderMessage(Buffer.alloc(length), false).subarray(0, -length).toString('hex')).toBe(head);
  });
});

describe('a message splitter', () => {
  it('finds the same messages wherever the bytes are cut', () => {
    const sent = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(300, 7), Buffer.from('last')];
    const bytes = Buffer.concat(sent.map((payload, index) => renderMessage(payload, index % 2 === 0)));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const messages: Buffer[] = [];
      const splitter = new MessageSplitter(payload => messages.push(payload));
      splitter.push(bytes.subarray(0, cut));
      splitter.push(bytes.subarray(cut));
      expect(messages).toEqual(sent);
    }
  });

  it('puts a message of many reads together', () => {
    const payload = Buffer.alloc(70_000, 'weir ');
    const bytes = renderMessage(payload, true);
    const messages: Buffer[] = [];
    const splitter = new MessageSplitter(message => messages.push(message));
    for (let at = 0; at < bytes.length; at += 1_000) splitter.push(bytes.subarray(at, at + 1_000));
    expect(messages).toEqual([payload]);
  });
});
