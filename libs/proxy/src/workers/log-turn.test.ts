// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { WriteChunk } from '@weir/telemetry';
import { endTurn, LOG_TURN_BYTES, writeInTurn } from './log-turn.ts';

interface Pending {
  readonly text: string;
  /** The pipe has taken that many bytes, or none for the error. */
  end(writtenBytes: number, code?: string): void;
}

/** Two workers on one pipe whose writes the test ends. */
function start() {
  const memory = new SharedArrayBuffer(LOG_TURN_BYTES);
  const begun: Pending[] = [];
  const heard: string[] = [];
  const pipe: WriteChunk = (chunk, done) => {
    const end = (writtenBytes: number, code?: string): void =>
      done(code === undefined ? undefined : Object.assign(new Error(code), { code }), writtenBytes);
    begun.push({ text: chunk.toString(), end });
  };
  const worker = (column: number) => {
    const write = writeInTurn(pipe, { memory, column });
    return (text: string): void =>
      write(Buffer.from(text), (error, writtenBytes) => void heard.push(`${column}: ${error?.code ?? writtenBytes}`));
  };
  return { memory, begun, heard, first: worker(0), second: worker(1) };
}

describe('writing a shared log in turn', () => {
  it('asks a second worker to come again while the first one writes', async () => {
    const { begun, heard, first, second } = start();
    first('a\n');
    second('b\n');
    await Promise.resolve();
    expect([begun.map(({ text }) => text), heard]).toStrictEqual([['a\n'], ['1: EAGAIN']]);
    begun[0]?.end(2);
    second('b\n');
    expect(begun.map(({ text }) => text)).toStrictEqual(['a\n', 'b\n']);
  });

  it('keeps the turn until a line is whole', async () => {
    const { begun, heard, first, second } = start();
    first('abc\n');
    begun[0]?.end(2);
    second('b\n');
    await Promise.resolve();
    first('c\n');
    begun[1]?.end(2);
    second('b\n');
    expect(begun.map(({ text }) => text)).toStrictEqual(['abc\n', 'c\n', 'b\n']);
    expect(heard).toStrictEqual(['0: 2', '1: EAGAIN', '0: 2']);
  });

  it('keeps the turn when the pipe is full: a line may have been cut', async () => {
    const { begun, first, second } = start();
    first('abc\n');
    begun[0]?.end(2);
    first('c\n');
    begun[1]?.end(0, 'EAGAIN');
    second('b\n');
    await Promise.resolve();
    expect(begun).toHaveLength(2);
  });

  it('gives the turn up after an error: the lines are lost', () => {
    const { begun, first, second } = start();
    first('a\n');
    begun[0]?.end(0, 'EPIPE');
    second('b\n');
    expect(begun).toHaveLength(2);
  });

  it('takes the turn from a worker that is gone, and from no other', () => {
    const { memory, begun, first, second } = start();
    first('a\n');
    endTurn({ memory, column: 1 });
    second('b\n');
    expect(begun).toHaveLength(1);
    endTurn({ memory, column: 0 });
    second('b\n');
    expect(begun).toHaveLength(2);
  });
});
