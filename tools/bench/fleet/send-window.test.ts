// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { SendWindow } from './send-window.ts';

function update(streamId: number, bytes: number): { streamId: number; payload: Buffer } {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return { streamId, payload };
}

describe('SendWindow', () => {
  it('sends in frames what the peer has room for, and the rest once it has', () => {
    const frames: number[] = [];
    const window = new SendWindow(payload => void frames.push(payload.length));
    window.send(Buffer.alloc(70_000));
    expect(frames).toEqual([16_384, 16_384, 16_384, 16_383]);
    window.widen(update(1, 10_000));
    expect(frames).toHaveLength(4);
    window.widen(update(0, 4_000));
    window.widen(update(0, 1_000));
    expect(frames.slice(4)).toEqual([4_000, 465]);
    window.send(Buffer.alloc(500));
    expect(frames.at(-1)).toBe(500);
  });
});
