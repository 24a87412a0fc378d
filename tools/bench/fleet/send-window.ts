// SPDX-License-Identifier: Apache-2.0
import type { Frame } from '../load/http2-frames.ts';

/** Of a connection, and of each stream on it, until the peer says more (RFC 9113 §6.9.2). */
const INITIAL_BYTES = 65_535;
const MAX_FRAME_BYTES = 16_384;

/** Holds back what the peer has no room for yet, on a connection with one stream. */
export class SendWindow {
  private readonly write: (payload: Buffer) => void;
  private connectionBytes = INITIAL_BYTES;
  private streamBytes = INITIAL_BYTES;
  private waiting: Buffer = Buffer.alloc(0);

  /** `write` sends what fits into one frame. */
  constructor(write: (payload: Buffer) => void) {
    this.write = write;
  }

  send(bytes: Buffer): void {
    this.waiting = this.waiting.length === 0 ? bytes : Buffer.concat([this.waiting, bytes]);
    this.flush();
  }

  /** Takes a WINDOW_UPDATE. */
  widen({ streamId, payload }: Pick<Frame, 'payload' | 'streamId'>): void {
    const bytes = payload.readUInt32BE(0);
    if (streamId === 0) this.connectionBytes += bytes;
    else this.streamBytes += bytes;
    this.flush();
  }

  private flush(): void {
    for (;;) {
      const room = Math.min(this.connectionBytes, this.streamBytes, MAX_FRAME_BYTES, this.waiting.length);
      if (room === 0) return;
      this.connectionBytes -= room;
      this.streamBytes -= room;
      this.write(this.waiting.subarray(0, room));
      this.waiting = this.waiting.subarray(room);
    }
  }
}
