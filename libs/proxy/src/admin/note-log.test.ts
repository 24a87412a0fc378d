// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from 'node:events';
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import { NoteLog } from './note-log.ts';

class TestReader extends EventEmitter {
  text = '';
  writableLength = 0;
  isDestroyed = false;

  write(chunk: string): boolean {
    this.text += chunk;
    return true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

function lineOf(text: string): string {
  return `${JSON.stringify({ time: '1970-01-01T00:00:01.000Z', text })}\n`;
}

it('gives the last hundred notes, then each that follows, each cut to a bounded length', () => {
  const log = new NoteLog(createManualClock(1000));
  for (let i = 1; i <= 101; i++) log.add(`note ${i}`);
  const reader = new TestReader();
  log.follow(reader);
  expect(reader.text.split('\n')).toHaveLength(101);
  expect(reader.text.startsWith(lineOf('note 2'))).toBe(true);
  reader.text = '';
  log.add('x'.repeat(5000));
  expect(reader.text).toBe(lineOf('x'.repeat(4096)));
});

it('lets a reader go that takes nothing, and forgets one that has gone', () => {
  const log = new NoteLog(createManualClock(1000));
  const [slow, gone] = [new TestReader(), new TestReader()];
  log.follow(slow);
  log.follow(gone);
  slow.writableLength = 2 ** 21;
  gone.emit('close');
  gone.text = '';
  log.add('a note');
  expect(slow.isDestroyed).toBe(true);
  expect(gone.text).toBe('');
});
