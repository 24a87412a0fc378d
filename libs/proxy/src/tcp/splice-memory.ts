// SPDX-License-Identifier: Apache-2.0
import { BulkBuffers } from './bulk-buffers.ts';

const SHARED_BYTES = 65_536;
/** A read this long says that more is coming: memory of its own then costs less than a copy of each read. */
const BULK_BYTES = 16_384;

/** What quiet sockets of a thread read into: 10,000 of them would hold 640 MiB if each had a buffer. */
const shared: Buffer = Buffer.allocUnsafeSlow(SHARED_BYTES);
const bulkBuffers = new BulkBuffers();

/**
 * The memory that one side of a splice reads into. Small reads come through the shared buffer and are copied; a side in the
 * midst of a bulk transfer has a buffer of its own, which is read into again as soon as its bytes are written.
 */
export class SpliceMemory {
  private next: Buffer = shared;
  private own: Buffer | undefined;

  /** What the next read goes into; asked for after each read. */
  readonly current = (): Buffer => this.next;

  /** The last read's bytes, in memory that stays as it is until they are written, if nothing is read before that. */
  hold(bytes: Buffer): Buffer {
    if (bytes.length < BULK_BYTES) {
      this.next = shared;
    } else {
      this.own ??= bulkBuffers.take();
      this.next = this.own;
    }
    return bytes.buffer === shared.buffer ? Buffer.from(bytes) : bytes;
  }

  /** All that was read is written. */
  settle(): void {
    if (this.own === undefined || this.next !== shared) return;
    bulkBuffers.give(this.own);
    this.own = undefined;
  }

  /** Nothing is read any more; what was read may still be on its way out. */
  close(): void {
    if (this.own !== undefined) bulkBuffers.forget(this.own);
    this.own = undefined;
    this.next = shared;
  }
}
