// SPDX-License-Identifier: Apache-2.0
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SocketWriter, WriteBatch } from './socket-writer.ts';

/** A socket whose peer takes nothing. */
class StuckSocket extends Socket {
  override _write(): void {
    // Never says that it is done.
  }
}

describe('a socket writer', () => {
  it.each([
    ['small', 100],
    ['large', 100_000],
  ])('asks the source to wait for a peer that takes nothing, also when a piece is %s', (_size, byteCount) => {
    const socket = new StuckSocket();
    const writer = new SocketWriter(socket, new WriteBatch());
    socket.write(Buffer.alloc(socket.writableHighWaterMark));

    expect(writer.writeBytes(Buffer.alloc(byteCount))).toBe(false);
    socket.destroy();
  });

  it('takes a small piece for a peer that takes bytes', () => {
    const socket = new StuckSocket();
    const writer = new SocketWriter(socket, new WriteBatch());

    expect(writer.writeBytes(Buffer.alloc(100))).toBe(true);
    socket.destroy();
  });
});
