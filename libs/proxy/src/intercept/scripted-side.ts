// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { OpenedSource } from '../tcp/splice-side.ts';

/** One end of a connection without a network: a test says what its peer does, and sees what the peer would get. */
export class ScriptedSide extends EventEmitter {
  /** What was written to the peer. */
  sent = '';
  isEnded = false;
  /** As of streams: its peer has said all, and that was told. */
  readableEnded = false;
  isDestroyed = false;
  readonly writableLength = 0;
  private take: (bytes: Buffer) => void = () => undefined;
  private isReading = false;
  private readonly waiting: (Buffer | 'end')[] = [];

  /** What the peer has said and nobody has read. */
  get unreadCount(): number {
    return this.waiting.length;
  }

  /** The peer says something; it is heard when it is read. */
  says(words: Buffer | string): this {
    this.waiting.push(typeof words === 'string' ? Buffer.from(words, 'latin1') : Buffer.from(words));
    this.flush();
    return this;
  }

  /** The peer has said all. */
  ends(): this {
    this.waiting.push('end');
    this.flush();
    return this;
  }

  resume(): this {
    this.isReading = true;
    this.flush();
    return this;
  }

  pause(): this {
    this.isReading = false;
    return this;
  }

  write(bytes: Buffer, done?: () => void): boolean {
    this.sent += bytes.toString('latin1');
    done?.();
    return true;
  }

  end(): this {
    this.isEnded = true;
    return this;
  }

  destroy(): this {
    this.isDestroyed = true;
    return this;
  }

  /** In the type that the product asks for; it uses no more of it than there is. */
  asSource(): OpenedSource {
    const source: OpenedSource = {
      socket: this as unknown as Socket,
      listen: take => void (this.take = take),
      keep: chunk => chunk,
      rest: () => undefined,
      hold: bytes => Buffer.from(bytes),
      settle: () => undefined,
      deliver: bytes => this.take(bytes),
      spliced: () => source,
    };
    return source;
  }

  private flush(): void {
    while (this.isReading) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      if (next === 'end') this.tellEnd();
      else this.hand(next);
    }
  }

  private tellEnd(): void {
    this.readableEnded = true;
    this.emit('end');
  }

  /** The memory is read into again, as that of real sockets. */
  private hand(bytes: Buffer): void {
    this.take(bytes);
    bytes.fill('?');
  }
}
