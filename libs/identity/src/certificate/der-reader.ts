// SPDX-License-Identifier: Apache-2.0

/** One element of DER (X.690): its tag, and what is in it. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The universal and context tags that certificates have here. */
export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** Of `[0]` and `[3]`, constructed, and of `[6]`, primitive. */
  context0: 0xa0,
  context3: 0xa3,
  context6: 0x86,
} as const;

/** A length of more than three bytes stands in no certificate that is read here. */
const MAX_LENGTH_BYTES = 3;

/** The elements that stand one after the other. Undefined where that is not what the bytes are. */
export function readDer(bytes: Uint8Array): readonly DerElement[] | undefined {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes, at);
    if (header === undefined || header.end > bytes.length) return undefined;
    elements.push({ tag: bytes[at]!, content: bytes.subarray(header.start, header.end) });
    at = header.end;
  }
  return elements;
}

/** The elements within the only element that there is, where it has this tag. */
export function readDerWithin(bytes: Uint8Array, tag: number): readonly DerElement[] | undefined {
  const [element, ...more] = readDer(bytes) ?? [];
  return element?.tag === tag && more.length === 0 ? readDer(element.content) : undefined;
}

/** Where the content of the element at `at` begins and ends. */
function readHeader(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  if (count === 0 || count > MAX_LENGTH_BYTES || at + 2 + count > bytes.length) return undefined;
  let length = 0;
  for (const byte of bytes.subarray(at + 2, at + 2 + count)) length = (length << 8) | byte;
  return { start: at + 2 + count, end: at + 2 + count + length };
}
