// SPDX-License-Identifier: Apache-2.0
import { isToken } from '../http1/field-names.ts';

/** `undecided`: more bytes are needed. */
export type LineVerdict = 'http' | 'other' | 'undecided';

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const DELETE = 0x7f;
/** Of a method, as the codec has it. */
const MAX_METHOD_BYTES = 32;
/** Servers read over empty lines in front (RFC 9112 §2.2), so what follows them is a request all the same. */
const MAX_EMPTY_BYTES = 8;
/** Longer than the codec allows: a text without line end of that length gets its answer from there. */
const MAX_LINE_BYTES = 16_384;
const VERSION = Buffer.from('HTTP/', 'latin1');

/**
 * Whether bytes are a request line: a token, a space, and before the line ends another space with `HTTP/` behind it. Looser than the
 * codec, which refuses what is wrong: a request that is taken for something else would pass unread to a server that reads it
 * more generously. Each byte is looked at once.
 */
export class RequestLineScanner {
  private part: 'empty' | 'method' | 'rest' = 'empty';
  private partBytes = 0;
  /** Bytes of ` HTTP/` that were the last ones. */
  private matchedBytes = 0;

  take(byte: number): LineVerdict {
    this.partBytes++;
    switch (this.part) {
      case 'empty':
        if (byte === CR || byte === LF) return this.partBytes > MAX_EMPTY_BYTES ? 'other' : 'undecided';
        this.enter('method');
        return this.take(byte);
      case 'method':
        return this.takeOfMethod(byte);
      case 'rest':
        return this.takeOfRest(byte);
    }
  }

  private takeOfMethod(byte: number): LineVerdict {
    if (isBlank(byte)) {
      if (this.partBytes === 1) return 'other';
      this.enter('rest');
      this.matchedBytes = 1;
      return 'undecided';
    }
    return isTokenByte(byte) && this.partBytes <= MAX_METHOD_BYTES ? 'undecided' : 'other';
  }

  private takeOfRest(byte: number): LineVerdict {
    if (isBlank(byte)) this.matchedBytes = 1;
    else if (byte < SPACE || byte === DELETE) return 'other';
    else if (this.matchedBytes > 0 && byte === VERSION[this.matchedBytes - 1]) this.matchedBytes++;
    else this.matchedBytes = 0;
    return this.matchedBytes > VERSION.length || this.partBytes >= MAX_LINE_BYTES ? 'http' : 'undecided';
  }

  private enter(part: 'method' | 'rest'): void {
    this.part = part;
    this.partBytes = 0;
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

const TOKEN_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => Number(isToken(String.fromCharCode(byte))));

/** RFC 9110 §5.6.2. */
function isTokenByte(byte: number): boolean {
  return TOKEN_BYTES[byte] === 1;
}
