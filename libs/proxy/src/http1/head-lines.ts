// SPDX-License-Identifier: Apache-2.0

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const DEL = 0x7f;

/**
 * The lines of one head (RFC 9112 §2.1), found in a single pass over its bytes: nothing else looks at every byte again. One object
 * serves head after head; what it says is valid until the next `scan`.
 */
export class HeadLines {
  /** The head without the CRLF of its last line and without the empty line; latin1. */
  text = '';
  /** At least one: the first may be empty. */
  lineCount = 0;
  /** A control character other than HTAB, or a CR or LF on its own (RFC 9110 §5.5). */
  hasForbiddenByte = false;
  /** What the head was found in, and where it begins there. */
  bytes: Buffer = NO_BYTES;
  start = 0;
  private readonly ends: number[] = [];
  /** The memory of `bytes`, and the same as words. */
  private memory: ArrayBufferLike | undefined;
  private words: Int32Array = NO_WORDS;

  /** The lines of a section that is at hand as text, without its closing empty line. */
  static of(text: string): HeadLines {
    const lines = new HeadLines();
    lines.scan(Buffer.from(`${text}\r\n\r\n`, 'latin1'), 0);
    return lines;
  }

  /** Reads a head from `start`. Returns where what follows it begins, or -1 when its end has not come yet. */
  scan(bytes: Buffer, start: number): number {
    const { length } = bytes;
    this.begin(bytes, start);
    let lineStart = start;
    for (let at = this.skipPlain(start); at < length; at = this.skipPlain(at)) {
      const byte = bytes[at]!;
      if (byte === CR && bytes[at + 1] === LF) {
        if (at === lineStart && this.lineCount > 0) return this.finish(at);
        this.ends[this.lineCount++] = at - start;
        at += 2;
        lineStart = at;
      } else {
        if (byte !== HTAB) this.hasForbiddenByte = true;
        at += 1;
      }
    }
    return -1;
  }

  /** Where a line begins in `text`. */
  startOf(line: number): number {
    return line === 0 ? 0 : this.ends[line - 1]! + 2;
  }

  /** Where a line ends in `text`, without its CRLF. */
  endOf(line: number): number {
    return this.ends[line]!;
  }

  /** The byte at a place of `text`. */
  byteAt(index: number): number {
    return this.bytes[this.start + index]!;
  }

  private begin(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.start = start;
    this.lineCount = 0;
    this.hasForbiddenByte = false;
    const { buffer } = bytes;
    if (buffer === this.memory) return;
    this.memory = buffer;
    this.words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
  }

  /** Place of the next control character at or after `from`, or the length. Four bytes at a time between word boundaries. */
  private skipPlain(from: number): number {
    const { bytes, words } = this;
    const { byteOffset, length } = bytes;
    let at = from;
    for (; ((byteOffset + at) & 3) !== 0; at++) if (at === length || isControl(bytes[at]!)) return at;
    let word = (byteOffset + at) >> 2;
    const wordsEnd = (byteOffset + length) >> 2;
    while (word < wordsEnd && !hasControl(words[word]!)) word++;
    for (at = (word << 2) - byteOffset; at < length && !isControl(bytes[at]!);) at++;
    return at;
  }

  private finish(emptyLine: number): number {
    const { bytes, start, lineCount } = this;
    this.text = bytes.toString('latin1', start, start + this.ends[lineCount - 1]!);
    return emptyLine + 2;
  }
}

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

function isControl(byte: number): boolean {
  return byte < SP || byte === DEL;
}

/** Whether one of the four bytes of a word is below SP or is DEL: what a subtraction borrows from the byte above shows in bit 7. */
function hasControl(word: number): boolean {
  const del = word ^ 0x7f7f7f7f;
  return ((((word - 0x20202020) & ~word) | ((del - 0x01010101) & ~del)) & 0x80808080) !== 0;
}
