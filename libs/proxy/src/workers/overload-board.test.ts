// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { overloadWord } from '../engine/overload-watch.ts';
import { OverloadBoard } from './overload-board.ts';
import type { OverloadChange } from './overload-board.ts';

const LOOK_MS = 250;

function start() {
  const clock = createManualClock();
  const told: OverloadChange[] = [];
  const board = new OverloadBoard(3, { clock, onOverload: change => told.push(change) });
  const words = new Int32Array(board.memory);
  return { clock, told, board, words };
}

describe('the board of overloads', () => {
  it('tells once that a worker begins, refuses more, and that the last one ends', () => {
    const { clock, told, words } = start();
    clock.advance(LOOK_MS);
    words[1] = overloadWord({ level: 1, pressure: 'event loop' });
    clock.advance(4 * LOOK_MS);
    words[2] = overloadWord({ level: 3, pressure: 'memory' });
    clock.advance(LOOK_MS);
    words.fill(0);
    clock.advance(LOOK_MS);
    expect(told).toEqual([
      { refused: 'low', pressure: 'event loop' },
      { refused: 'high', pressure: 'memory' },
      { refused: undefined, pressure: 'memory' },
    ]);
  });

  it('forgets a worker that is gone', () => {
    const { clock, told, board, words } = start();
    words[0] = overloadWord({ level: 2, pressure: 'heap' });
    clock.advance(LOOK_MS);
    board.clear(0);
    clock.advance(LOOK_MS);
    expect(told.map(({ refused }) => refused)).toEqual(['normal', undefined]);
  });
});
