// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadLines } from './head-lines.ts';

/** What a head is made of, chosen so that every place where something can go wrong comes up. */
const piece = fc.constantFrom(
  '\r\n',
  '\r\n\r\n',
  '\r',
  '\n',
  '\t',
  ' ',
  '\u0000',
  '\u007f',
  '\u0080',
  '\u00ff',
  ':',
  'a',
  'name: v',
  'abcdefgh',
);
const text = fc.array(piece, { maxLength: 24 }).map(pieces => pieces.join(''));

interface Plain {
  readonly next: number;
  readonly lines: readonly string[];
  readonly hasForbiddenByte: boolean;
}

/** The same by splitting the text, of which nobody could doubt that it is right. */
function plainScan(input: string): Plain {
  const end = input.indexOf('\r\n\r\n');
  if (end === -1) return { next: -1, lines: [], hasForbiddenByte: false };
  const lines = input.slice(0, end).split('\r\n');
  return { next: end + 4, lines, hasForbiddenByte: lines.some(line => /[^\t\x20-\x7e\x80-\xff]/.test(line)) };
}

function scan(input: string, before: number): Plain {
  const head = new HeadLines();
  // Somewhere in a larger memory, at every distance from the boundary of a word.
  const bytes = Buffer.from('?'.repeat(before) + input, 'latin1');
  const next = head.scan(bytes.subarray(before % 3), before - (before % 3));
  if (next === -1) return { next, lines: [], hasForbiddenByte: false };
  const lines = Array.from({ length: head.lineCount }, (_, line) => head.text.slice(head.startOf(line), head.endOf(line)));
  return { next: next - (before - (before % 3)), lines, hasForbiddenByte: head.hasForbiddenByte };
}

describe('the lines of a head', () => {
  it('are those that splitting the text gives, wherever in memory it lies', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 9 }), (input, before) => {
        expect(scan(input, before)).toStrictEqual(plainScan(input));
      }),
      { numRuns: 3_000 },
    );
  });

  it('are found again and again by one object', () => {
    const head = new HeadLines();
    head.scan(Buffer.from('a\u0001b\r\nc\r\n\r\n', 'latin1'), 0);
    expect([head.lineCount, head.hasForbiddenByte]).toStrictEqual([2, true]);
    head.scan(Buffer.from('a\r\n\r\nrest', 'latin1'), 0);
    expect([head.lineCount, head.hasForbiddenByte, head.text]).toStrictEqual([1, false, 'a']);
  });

  it('may be given as text', () => {
    expect([HeadLines.of('').lineCount, HeadLines.of('a\r\nb').text]).toStrictEqual([1, 'a\r\nb']);
  });
});
