// SPDX-License-Identifier: Apache-2.0

/** The most bytes that one UTF-16 unit takes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** What a buffer begins with; it grows to its limit only where lines pile up. */
const INITIAL_BYTES = 131_072;

/**
 * Lines encoded one after the other. Bytes and not strings: a line is built of some forty pieces, and kept as text each would
 * stay an object until the write.
 */
export class LineBuffer {
  lineCount = 0;
  private readonly maxBytes: number;
  private bytes: Buffer;
  private end = 0;
  private start = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(maxBytes, INITIAL_BYTES));
  }

  get usedBytes(): number {
    return this.end - this.start;
  }

  /** Appends a line; false where it has no room. */
  hasTaken(line: string): boolean {
    const mostBytes = line.length * MAX_BYTES_PER_UNIT;
    if (mostBytes > this.bytes.length - this.end && !this.hasGrownFor(line)) return false;
    this.end += this.bytes.write(line, this.end, 'utf8');
    this.lineCount += 1;
    return true;
  }

  /** What has not been written yet. Valid until `clear`. */
  unwritten(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }

  skip(byteCount: number): void {
    this.start += byteCount;
  }

  clear(): void {
    this.lineCount = 0;
    this.start = 0;
    this.end = 0;
  }

  private hasGrownFor(line: string): boolean {
    const neededBytes = this.end + Buffer.byteLength(line, 'utf8');
    if (neededBytes <= this.bytes.length) return true;
    if (neededBytes > this.maxBytes) return false;
    const larger = Buffer.allocUnsafeSlow(Math.min(this.maxBytes, Math.max(neededBytes, this.bytes.length * 2)));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
    return true;
  }
}
