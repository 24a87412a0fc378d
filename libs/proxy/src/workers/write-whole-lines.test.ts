// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { writeWholeLines } from './write-whole-lines.ts';

/** Lengths of the pieces in which a text goes out. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  const write = writeWholeLines((chunk, done) => {
    pieces.push(chunk.toString());
    done(undefined, chunk.length);
  });
  const writeRest = (rest: Buffer): void => {
    if (rest.length > 0) write(rest, (_error, writtenBytes) => writeRest(rest.subarray(writtenBytes)));
  };
  writeRest(Buffer.from(text));
  return pieces;
}

const line = (length: number): string => `${'x'.repeat(length - 1)}\n`;

describe('writing whole lines', () => {
  it('gives a pipe no more than it takes in one piece, and only whole lines', () => {
    const text = line(1000).repeat(10);
    expect(piecesOf(text).map(({ length }) => length)).toStrictEqual([4000, 4000, 2000]);
    expect(piecesOf(text).join('')).toBe(text);
  });

  it('fills a piece to its last byte', () => {
    expect(piecesOf(line(4096) + line(4096)).map(({ length }) => length)).toStrictEqual([4096, 4096]);
  });

  it('does not cut a line that is longer than a piece', () => {
    expect(piecesOf(line(5000) + line(10) + line(4090)).map(({ length }) => length)).toStrictEqual([5000, 10, 4090]);
  });
});
