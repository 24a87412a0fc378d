// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { SpliceSide } from './splice-side.ts';

/** One direction of a splice: what one side reads is written to the other, and nothing is read while that does not take it. */
export class StreamPipe {
  /** Bytes read so far. */
  byteCount = 0;
  private readonly from: SpliceSide;
  private readonly to: Socket;
  private isWaiting = false;
  private readonly onWritten = (): void => {
    if (this.to.writableLength > 0) return;
    this.from.settle();
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.from.socket.resume();
  };

  constructor(from: SpliceSide, to: Socket) {
    this.from = from;
    this.to = to;
    from.listen(bytes => this.pass(from.hold(bytes)));
    from.socket.on('end', () => to.end());
  }

  /** Begins to read. `pending`: what was read before, in memory of its own. */
  start(pending: Buffer | undefined): void {
    if (pending !== undefined && pending.length > 0) this.pass(pending);
    if (!this.isWaiting) this.from.socket.resume();
  }

  private pass(bytes: Buffer): void {
    this.byteCount += bytes.length;
    this.to.write(bytes, this.onWritten);
    // The kernel did not take all of it: the memory may not be read into before it does.
    if (this.to.writableLength === 0) return;
    this.isWaiting = true;
    this.from.socket.pause();
  }
}
