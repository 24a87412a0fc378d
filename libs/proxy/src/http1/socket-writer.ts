// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';

/** Up to here joining bytes to the text before them costs less than a second buffer in the write. */
const MAX_JOINED_BYTES = 8192;
const MAX_TEXT_LENGTH = 32_768;

/** Writers with something to send, flushed once an event-loop turn: a response that comes whole goes out in one system call. */
export class WriteBatch {
  private readonly dirty: SocketWriter[] = [];
  private isScheduled = false;
  private readonly flushAll = (): void => {
    this.isScheduled = false;
    for (const writer of this.dirty.splice(0)) writer.flush();
  };

  add(writer: SocketWriter): void {
    this.dirty.push(writer);
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(this.flushAll);
  }
}

/** Gathers text and bytes for a socket. Text is latin1, as heads are. */
export class SocketWriter {
  private readonly socket: Socket;
  private readonly batch: WriteBatch;
  private text = '';
  private isQueued = false;

  constructor(socket: Socket, batch: WriteBatch) {
    this.socket = socket;
    this.batch = batch;
  }

  /** Whether the peer takes bytes more slowly than they come; `drain` of the socket tells the end of it. */
  get isBlocked(): boolean {
    return this.socket.writableNeedDrain;
  }

  writeText(text: string): void {
    this.text += text;
    this.queue();
  }

  /** False when the source should wait for the socket's `drain`. */
  writeBytes(chunk: Buffer): boolean {
    if (chunk.length <= MAX_JOINED_BYTES && this.text.length <= MAX_TEXT_LENGTH) {
      this.text += chunk.toString('latin1', 0, chunk.length);
      this.queue();
      return !this.isBlocked;
    }
    if (this.text === '') return this.socket.write(chunk);
    this.socket.cork();
    this.flush();
    const isTaking = this.socket.write(chunk);
    this.socket.uncork();
    return isTaking;
  }

  flush(): void {
    this.isQueued = false;
    if (this.text === '') return;
    const { text } = this;
    this.text = '';
    if (this.socket.writable) this.socket.write(text, 'latin1');
  }

  private queue(): void {
    if (this.isQueued) return;
    this.isQueued = true;
    this.batch.add(this);
  }
}
