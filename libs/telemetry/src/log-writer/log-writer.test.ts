// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogWriter } from './log-writer.ts';

/** A descriptor whose writes the test ends. */
function start(maxBufferedBytes = 1_000) {
  const clock = createManualClock();
  let written = '';
  let pending: { chunk: Buffer; done: (error: NodeJS.ErrnoException | undefined, writtenBytes: number) => void } | undefined;
  const writer = createLogWriter(
    (chunk, done) => {
      if (pending) throw new Error('a second write is in flight');
      pending = { chunk, done };
    },
    { clock, maxBufferedBytes },
  );
  const finish = (error?: string, byteCount = Infinity): void => {
    if (!pending) throw new Error('no write is in flight');
    const { chunk, done } = pending;
    pending = undefined;
    const taken = error === undefined ? chunk.subarray(0, byteCount) : Buffer.alloc(0);
    written += taken.toString('latin1');
    done(error === undefined ? undefined : Object.assign(new Error(error), { code: error }), taken.length);
  };
  return { clock, writer, finish, isWriting: () => pending !== undefined, written: () => written };
}

describe('the log writer', () => {
  it('gathers lines for a moment and has one write in flight', () => {
    const log = start();
    log.writer.write('a\n');
    log.writer.write('b\n');
    expect(log.isWriting()).toBe(false);
    log.clock.advance(20);
    log.writer.write('c\n');
    log.clock.advance(20);
    log.finish();
    expect(log.written()).toBe('a\nb\n');
    log.clock.advance(20);
    log.finish();
    expect(log.written()).toBe('a\nb\nc\n');
  });

  it('writes a full batch at once', () => {
    const log = start(1_000_000);
    for (let i = 0; i < 7; i++) log.writer.write(`${'x'.repeat(9_999)}\n`);
    expect(log.isWriting()).toBe(true);
  });

  it('drops and counts what finds no room, and goes on afterwards', () => {
    const log = start(20);
    log.writer.write('123456789\n');
    log.clock.advance(20);
    log.writer.write('abcdefghi\n');
    log.writer.write('dropped\n');
    expect(log.writer.droppedLineCount()).toBe(1);
    log.finish();
    log.clock.advance(20);
    log.finish();
    log.writer.write('again\n');
    log.clock.advance(20);
    log.finish();
    expect(log.written()).toBe('123456789\nabcdefghi\nagain\n');
  });

  it('writes the rest of a partial write, and tries a full pipe again', () => {
    const log = start();
    log.writer.write('abcdef\n');
    log.clock.advance(20);
    log.finish(undefined, 3);
    log.finish('EAGAIN');
    expect(log.isWriting()).toBe(false);
    log.clock.advance(10);
    log.finish();
    expect([log.written(), log.writer.droppedLineCount()]).toEqual(['abcdef\n', 0]);
  });

  it('counts the lines of a failed write as lost and goes on', () => {
    const log = start();
    log.writer.write('a\n');
    log.writer.write('b\n');
    log.clock.advance(20);
    log.writer.write('c\n');
    log.finish('ENOSPC');
    log.clock.advance(20);
    log.finish();
    expect([log.written(), log.writer.droppedLineCount()]).toEqual(['c\n', 2]);
  });

  it('is closed when everything is written, and drops what comes later', async () => {
    const log = start();
    log.writer.write('a\n');
    log.clock.advance(20);
    log.writer.write('b\n');
    const closed = log.writer.close();
    log.writer.write('late\n');
    log.finish();
    log.finish();
    await closed;
    expect([log.written(), log.writer.droppedLineCount(), log.clock.pendingTimerCount()]).toEqual(['a\nb\n', 1, 0]);
    await start().writer.close();
  });

  it('writes every line that it does not count as dropped, whole and in order', () => {
    const step = fc.oneof(
      fc.string({ maxLength: 30, unit: 'grapheme-ascii' }).map(line => ({ line })),
      fc.record({ finishedBytes: fc.integer({ min: 1, max: 40 }) }),
      fc.constant({ isPause: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const log = start(160);
        const kept: string[] = [];
        for (const action of steps) {
          if ('line' in action) {
            const before = log.writer.droppedLineCount();
            log.writer.write(`${action.line}\n`);
            if (log.writer.droppedLineCount() === before) kept.push(`${action.line}\n`);
          } else if ('isPause' in action) log.clock.advance(20);
          else if (log.isWriting()) log.finish(undefined, action.finishedBytes);
        }
        void log.writer.close();
        while (log.isWriting()) log.finish();
        expect(log.written()).toBe(kept.join(''));
      }),
    );
  });
});
