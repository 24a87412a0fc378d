// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import type { Duplex } from 'node:stream';

/** How a peer ended its side: an orderly end, or a reset. */
export type Ending = 'end' | 'reset';

/** The peer ended, fell silent or broke off before what was asked for had come. */
export class PeerEnded extends Error {
  override readonly name = 'PeerEnded';
}

const DEFAULT_TIMEOUT_MS = 10_000;
const EMPTY = Buffer.alloc(0);

/**
 * Reads a socket only as far as it is asked to, so that a test decides how slow its side is: what nobody asks for stays in
 * the kernel and holds the peer back.
 */
export class ByteReader {
  /** Longest that one call waits for a sign of the peer; 0 = for ever. */
  timeoutMs = DEFAULT_TIMEOUT_MS;
  /** Bytes taken from the socket so far. */
  receivedBytes = 0;
  private readonly stream: Duplex;
  private readonly onBytes: ((bytes: Buffer) => void) | undefined;
  private pending: Buffer = EMPTY;
  private error: Error | undefined;
  private wake: (() => void) | undefined;

  /** `onBytes` hears every byte taken, in order: for recording. */
  constructor(stream: Duplex, onBytes?: (bytes: Buffer) => void) {
    this.stream = stream;
    this.onBytes = onBytes;
    const wake = (): void => this.wake?.();
    stream.on('readable', wake).on('end', wake).on('close', wake);
    stream.on('error', (error: Error) => {
      this.error = error;
      wake();
    });
  }

  /** Everything up to and including `delimiter`. Throws when the peer ends before it. */
  async readThrough(delimiter: string): Promise<Buffer> {
    for (let searched = 0; ;) {
      const index = this.pending.indexOf(delimiter, searched, 'latin1');
      if (index !== -1) return this.take(index + delimiter.length);
      searched = Math.max(0, this.pending.length - delimiter.length + 1);
      if (!(await this.more())) throw this.early(JSON.stringify(delimiter));
    }
  }

  /** Exactly `count` bytes. Throws when the peer ends before. */
  async readExactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0;) {
      if (this.pending.length === 0 && !(await this.more())) throw this.early(`${left} of ${count} bytes`);
      const part = this.take(Math.min(left, this.pending.length));
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Whatever is there, at least one byte; undefined at the end of the stream. */
  async readSome(): Promise<Buffer | undefined> {
    if (this.pending.length === 0 && !(await this.more())) return undefined;
    return this.take(this.pending.length);
  }

  /** Reads and drops `count` bytes without keeping them. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      if (this.pending.length === 0 && !(await this.more())) throw this.early(`${left} of ${count} bytes`);
      left -= this.take(Math.min(left, this.pending.length)).length;
    }
  }

  /** The rest, and how the peer ended. */
  async readToEnd(): Promise<{ bytes: Buffer; ending: Ending }> {
    const parts: Buffer[] = [];
    for (;;) {
      let part: Buffer | undefined;
      try {
        part = await this.readSome();
      } catch (error) {
        if (this.error === undefined) throw error;
      }
      if (part === undefined) return { bytes: Buffer.concat(parts), ending: this.error === undefined ? 'end' : 'reset' };
      parts.push(part);
    }
  }

  /** Whether another byte comes before the end; waits as long as that takes. False also when the connection breaks. */
  async hasMore(): Promise<boolean> {
    if (this.pending.length > 0) return true;
    const { timeoutMs } = this;
    this.timeoutMs = 0;
    try {
      return await this.more();
    } catch {
      return false;
    } finally {
      this.timeoutMs = timeoutMs;
    }
  }

  /** Whether the peer has said nothing that was not read yet, as far as has arrived. */
  get isEmpty(): boolean {
    return this.pending.length === 0 && this.stream.readableLength === 0;
  }

  private take(count: number): Buffer {
    const part = this.pending.subarray(0, count);
    this.pending = this.pending.subarray(count);
    return part;
  }

  /** Adds what the socket has to `pending`, waiting if need be; false at the end. */
  private async more(): Promise<boolean> {
    for (;;) {
      const chunk: unknown = this.stream.read();
      if (Buffer.isBuffer(chunk)) {
        this.receivedBytes += chunk.length;
        this.onBytes?.(chunk);
        this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
        return true;
      }
      if (this.stream.readableEnded) return false;
      if (this.error !== undefined) throw this.early('more bytes');
      if (this.stream.destroyed) return false;
      await this.signal();
    }
  }

  private signal(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.wake = undefined;
        reject(this.early(`a sign of the peer within ${this.timeoutMs} ms`));
      };
      const timer = this.timeoutMs > 0 ? systemClock.after(this.timeoutMs, giveUp) : undefined;
      this.wake = () => {
        timer?.cancel();
        this.wake = undefined;
        resolve();
      };
    });
  }

  private early(wanted: string): PeerEnded {
    const seen = this.pending.subarray(0, 200).toString('latin1');
    const state = this.error?.message ?? (this.stream.readableEnded ? 'the peer ended' : 'nothing came');
    return new PeerEnded(`expected ${wanted}, but ${state}; unread so far: ${JSON.stringify(seen)}`, { cause: this.error });
  }
}
