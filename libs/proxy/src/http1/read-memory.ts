// SPDX-License-Identifier: Apache-2.0

const READ_BYTES = 65_536;
/** Up to here copying a chunk costs less than a buffer of its own. */
const MAX_COPIED_BYTES = 8_192;

/** What the upstream sockets of a thread read into: a read is used up before the next one, on whichever socket, begins. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * The memory that one socket reads into (`onread` of net.connect). Heads and small bodies come through the shared buffer, so
 * that a response allocates next to nothing for its bytes; a socket in the midst of a large body gets buffers to give away.
 */
export class ReadMemory {
  /** What Node reads into: it has asked for it, and will ask again only after the read. */
  private reading = shared;
  private next = shared;

  /** What the next read goes into. For Node alone, which asks when a read is over. */
  readonly current = (): Buffer => {
    this.reading = this.next;
    return this.reading;
  };

  /** What was read. */
  lastRead(byteCount: number): Buffer {
    return this.reading.subarray(0, byteCount);
  }

  /** A part of the last read, in memory that nobody writes into again. */
  keep(chunk: Buffer): Buffer {
    if (chunk.length <= MAX_COPIED_BYTES) return Buffer.from(chunk);
    if (this.next === this.reading || this.next === shared) this.next = Buffer.allocUnsafeSlow(READ_BYTES);
    return chunk.buffer === shared.buffer ? Buffer.from(chunk) : chunk;
  }

  /** The body is over: what comes next is small again. A read that Node waits for goes where it was going. */
  rest(): void {
    this.next = shared;
  }
}
