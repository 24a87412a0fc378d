// SPDX-License-Identifier: Apache-2.0

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * One query parameter, looked for in queries as sent. Names and values are read as forms are (WHATWG URL,
 * application/x-www-form-urlencoded parsing). Nothing is decoded before a pair's name has matched, and a name is compared
 * byte by byte: a query of 64 KiB costs one scan and no memory.
 */
export class QueryParameter {
  private readonly nameBytes: Uint8Array;

  constructor(name: string) {
    this.nameBytes = Buffer.from(name, 'utf8');
  }

  /** The decoded value of the first pair with this name; undefined without one. `a` and `a=` both have the value ''. */
  valueIn(query: string): string | undefined {
    let start = 0;
    while (start <= query.length) {
      const nameEnd = this.endOfName(query, start);
      if (nameEnd !== -1) return decodeValue(query, nameEnd);
      const next = query.indexOf('&', start);
      if (next === -1) return undefined;
      start = next + 1;
    }
    return undefined;
  }

  /** Where the name ends of the pair that begins at `start`; -1 if it is another name, or no pair at all. */
  private endOfName(query: string, start: number): number {
    if (start === query.length || query.charCodeAt(start) === AMPERSAND) return -1;
    let at = start;
    for (const byte of this.nameBytes) {
      if (isEndOfName(query, at)) return -1;
      const isTriplet = query.charCodeAt(at) === PERCENT && byteAt(query, at) !== -1;
      if ((isTriplet ? byteAt(query, at) : plainByteAt(query, at)) !== byte) return -1;
      at += isTriplet ? 3 : 1;
    }
    return isEndOfName(query, at) ? at : -1;
  }
}

function isEndOfName(query: string, at: number): boolean {
  const code = query.charCodeAt(at);
  return at >= query.length || code === AMPERSAND || code === EQUALS;
}

function plainByteAt(query: string, at: number): number {
  const code = query.charCodeAt(at);
  return code === PLUS ? SPACE : code;
}

function decodeValue(query: string, nameEnd: number): string {
  if (query.charCodeAt(nameEnd) !== EQUALS) return '';
  const next = query.indexOf('&', nameEnd);
  const raw = query.slice(nameEnd + 1, next === -1 ? query.length : next);
  if (!raw.includes('%') && !raw.includes('+')) return raw;
  return new URLSearchParams(`=${raw}`).get('') ?? '';
}

/** The byte that a percent triplet at `at` stands for; -1 where it is none. */
function byteAt(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at + 1));
  const low = hexDigit(text.charCodeAt(at + 2));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

/** The value of a hexadecimal digit's code; -1 for anything else, the NaN behind a text's end included. */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
