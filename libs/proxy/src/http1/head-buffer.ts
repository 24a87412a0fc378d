// SPDX-License-Identifier: Apache-2.0

const INITIAL_BYTES = 2048;
const LF = 0x0a;
const CR = 0x0d;

/** Gathers a head that comes in several pieces. Grows by doubling, so that a peer who sends byte by byte costs no more than one who does not. */
export class HeadBuffer {
  private bytes: Buffer | undefined;
  private usedBytes = 0;

  get length(): number {
    return this.usedBytes;
  }

  append(piece: Buffer): void {
    const needed = this.usedBytes + piece.length;
    if (this.bytes === undefined || needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(INITIAL_BYTES, needed, (this.bytes?.length ?? 0) * 2));
      this.bytes?.copy(larger, 0, 0, this.usedBytes);
      this.bytes = larger;
    }
    piece.copy(this.bytes, this.usedBytes);
    this.usedBytes = needed;
  }

  /** Everything so far as one buffer, which the caller then owns; this one is empty again. */
  take(): Buffer {
    const taken = this.bytes?.subarray(0, this.usedBytes) ?? Buffer.alloc(0);
    this.bytes = undefined;
    this.usedBytes = 0;
    return taken;
  }

  /** Index of the empty line's first byte at or after `from`, or -1. */
  indexOfHeadEnd(from: number): number {
    if (this.bytes === undefined) return -1;
    const found = this.bytes.subarray(0, this.usedBytes).indexOf('\r\n\r\n', from, 'latin1');
    return found;
  }

  /** The first line without its CRLF, or undefined while it is not complete. */
  firstLine(): string | undefined {
    const end = this.bytes?.subarray(0, this.usedBytes).indexOf('\r\n', 0, 'latin1') ?? -1;
    return end === -1 ? undefined : this.bytes?.toString('latin1', 0, end);
  }

  /** Whether an LF without its CR came at or after `from`: such a head never ends, so there is no use in waiting for it. */
  hasBareLineFeed(from: number): boolean {
    const bytes = this.bytes?.subarray(0, this.usedBytes);
    if (bytes === undefined) return false;
    for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
      if (bytes[at - 1] !== CR) return true;
    }
    return false;
  }
}
