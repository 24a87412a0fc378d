// SPDX-License-Identifier: Apache-2.0

const READ_BYTES = 65_536;
/** A read this long says that more is coming: memory of its own then costs less than a copy of each read. */
const BULK_BYTES = 16_384;

/** What quiet sockets of a thread read into: 10,000 of them would hold 640 MiB if each had a buffer. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * The memory that one side of a splice reads into. Small reads come through the shared buffer and are copied; a side in the
 * midst of a bulk transfer has a buffer of its own, which is read into again as soon as its bytes are written.
 */
export class SpliceMemory {
  private buffer = shared;

  /** What the next read goes into; asked for after each read. */
  readonly current = (): Buffer => this.buffer;

  /** The last read's bytes, in memory that stays as it is until they are written, if nothing is read before that. */
  hold(bytes: Buffer): Buffer {
    const isShared = bytes.buffer === shared.buffer;
    if (bytes.length < BULK_BYTES) this.buffer = shared;
    else if (isShared) this.buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    return isShared ? Buffer.from(bytes) : bytes;
  }
}
