// SPDX-License-Identifier: Apache-2.0
import { decodeHuffman, STATIC_NAMES, STATIC_VALUES } from '@weir/proxy/http2';

export type Field = readonly [name: string, value: string];

const OVERHEAD = 32;
const PROTOCOL_TABLE_BYTES = 4_096;
/** What no honest peer sends; RFC 7541 §5.1 lets a decoder set a limit. */
const LARGEST_INTEGER = 2 ** 35;

/** What is wrong with a block. */
export class BlockError extends Error {
  override readonly name = 'BlockError';
}

/**
 * HPACK as plainly as RFC 7541 says it: lists of pairs, an entry at a time. The static table and Huffman code are those of the codec;
 * they are compared with nghttp2's.
 */
export class HpackModel {
  private readonly table: Field[] = [];
  private maxBytes = PROTOCOL_TABLE_BYTES;
  /** What the receiver's settings allow; where they were ever below `maxBytes`, the next block begins with an update (§4.2). */
  private allowedBytes = PROTOCOL_TABLE_BYTES;
  private isUpdateDue = false;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;

  allow(bytes: number): void {
    this.allowedBytes = bytes;
    this.isUpdateDue ||= bytes < this.maxBytes;
  }

  /** Throws BlockError. */
  decode(bytes: Buffer): readonly Field[] {
    this.bytes = bytes;
    this.at = 0;
    const fields: Field[] = [];
    while (this.at < bytes.length) {
      const first = this.peek();
      if (first >= 0x20 && first < 0x40) {
        if (fields.length > 0) throw new BlockError('a size update behind a field');
        this.update();
        continue;
      }
      if (this.isUpdateDue) throw new BlockError('no size update after the table was made smaller');
      fields.push(this.field(first));
    }
    return fields;
  }

  private field(first: number): Field {
    if (first >= 0x80) return this.entry(this.integer(7));
    const isAdded = first >= 0x40;
    const index = this.integer(isAdded ? 6 : 4);
    const name = index === 0 ? this.text() : this.entry(index)[0];
    const field: Field = [name, this.text()];
    if (isAdded) {
      this.table.unshift(field);
      this.evict();
    }
    return field;
  }

  private update(): void {
    const bytes = this.integer(5);
    if (bytes > this.allowedBytes) throw new BlockError('a table larger than allowed');
    this.maxBytes = bytes;
    this.isUpdateDue = false;
    this.evict();
  }

  private evict(): void {
    const size = (): number => this.table.reduce((sum, [name, value]) => sum + name.length + value.length + OVERHEAD, 0);
    while (size() > this.maxBytes) this.table.pop();
  }

  private entry(index: number): Field {
    const name = STATIC_NAMES[index - 1];
    if (name !== undefined) return [name, STATIC_VALUES[index - 1] ?? ''];
    const field = index === 0 ? undefined : this.table[index - 1 - STATIC_NAMES.length];
    if (field === undefined) throw new BlockError(`no entry ${index}`);
    return field;
  }

  private integer(bits: number): number {
    const largest = 2 ** bits - 1;
    let value = this.next() % (largest + 1);
    if (value < largest) return value;
    for (let factor = 1; ; factor *= 128) {
      const octet = this.next();
      value += (octet % 128) * factor;
      if (octet < 128) return value;
      if (factor * 128 > LARGEST_INTEGER) throw new BlockError('an endless integer');
    }
  }

  private text(): string {
    const isHuffman = this.peek() >= 0x80;
    const length = this.integer(7);
    const end = this.at + length;
    if (end > this.bytes.length) throw new BlockError('a string beyond the block');
    const text = isHuffman ? decodeHuffman(this.bytes, this.at, end) : this.bytes.toString('latin1', this.at, end);
    if (text === undefined) throw new BlockError('a broken Huffman code');
    this.at = end;
    return text;
  }

  private peek(): number {
    const octet = this.bytes[this.at];
    if (octet === undefined) throw new BlockError('a block that ends too early');
    return octet;
  }

  private next(): number {
    const octet = this.peek();
    this.at += 1;
    return octet;
  }
}
