// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** A socket without a network, for codecs that write and listen to events: what is written is kept, what comes is for the test to say. */
export class MemorySocket extends EventEmitter {
  writable = true;
  /** What a socket says whose peer takes less than is sent. */
  writableNeedDrain = false;
  isDestroyed = false;
  private sent: Buffer[] = [];

  /** Whether no more can be sent: ended or destroyed. */
  get isOver(): boolean {
    return !this.writable;
  }

  write(data: Buffer | string, encoding: BufferEncoding = 'utf8'): boolean {
    if (this.writable) this.sent.push(typeof data === 'string' ? Buffer.from(data, encoding) : Buffer.from(data));
    return !this.writableNeedDrain;
  }

  end(): void {
    this.writable = false;
  }

  destroy(): void {
    this.writable = false;
    this.isDestroyed = true;
  }

  resetAndDestroy(): void {
    this.destroy();
  }

  cork(): void {
    // Writes are kept apart anyway.
  }

  uncork(): void {
    // As for `cork`.
  }

  /** What was written since the last call. */
  takeSent(): Buffer {
    const bytes = Buffer.concat(this.sent);
    this.sent = [];
    return bytes;
  }

  /** Itself, in the type that codecs ask for; they use no more of it than there is. */
  asSocket(): Socket {
    return this as unknown as Socket;
  }
}
