// SPDX-License-Identifier: Apache-2.0
import { DynamicTable } from './dynamic-table.ts';
import { HpackError } from './hpack-error.ts';
import { decodeHuffman } from './huffman.ts';
import { STATIC_COUNT, STATIC_NAMES, STATIC_VALUES } from './static-table.ts';

/** Takes the fields of a block, in order. `latin1` text, a character for each byte. */
export type TakeField = (name: string, value: string) => void;

/** Five octets reach 2^28 and more: nothing in a block is larger than that (RFC 7541 §5.1 lets a decoder set a limit). */
const MAX_INTEGER_SHIFT = 28;

/** Decodes the header blocks of one connection (RFC 7541). After an error it must not be used again. */
export class HpackDecoder {
  private readonly table: DynamicTable;
  private readonly maxTableBytes: number;
  private block: Buffer = EMPTY;
  private position = 0;

  /** `maxTableBytes`: what our settings allow the peer (SETTINGS_HEADER_TABLE_SIZE). */
  constructor(maxTableBytes: number) {
    this.maxTableBytes = maxTableBytes;
    this.table = new DynamicTable(maxTableBytes);
  }

  /** Decodes a whole block. Throws HpackError. */
  decode(block: Buffer, take: TakeField): void {
    this.block = block;
    this.position = 0;
    let mayResize = true;
    while (this.position < block.length) {
      const first = block[this.position]!;
      if ((first & 0xe0) === 0x20) {
        if (!mayResize) throw new HpackError('a table size update after the first field');
        this.resize();
        continue;
      }
      mayResize = false;
      if ((first & 0x80) !== 0) this.takeIndexed(take);
      else this.takeLiteral(first, take);
    }
    this.block = EMPTY;
  }

  private takeIndexed(take: TakeField): void {
    const index = this.integer(7);
    take(this.nameAt(index), this.valueAt(index));
  }

  private takeLiteral(first: number, take: TakeField): void {
    const isAdded = (first & 0x40) !== 0;
    const index = this.integer(isAdded ? 6 : 4);
    const name = index === 0 ? this.text() : this.nameAt(index);
    const value = this.text();
    if (isAdded) this.table.add(name, value);
    take(name, value);
  }

  private resize(): void {
    const maxBytes = this.integer(5);
    if (maxBytes > this.maxTableBytes) {
      throw new HpackError(`a table of ${maxBytes} bytes, and ${this.maxTableBytes} are allowed`);
    }
    this.table.resize(maxBytes);
  }

  private nameAt(index: number): string {
    const name = index <= STATIC_COUNT ? STATIC_NAMES[index - 1] : this.table.nameAt(index - STATIC_COUNT - 1);
    if (name === undefined) throw new HpackError(`index ${index}, where there is no entry`);
    return name;
  }

  private valueAt(index: number): string {
    const value = index <= STATIC_COUNT ? STATIC_VALUES[index - 1] : this.table.valueAt(index - STATIC_COUNT - 1);
    if (value === undefined) throw new HpackError(`index ${index}, where there is no entry`);
    return value;
  }

  /** An integer with a prefix of `bits` bits (RFC 7541 §5.1). */
  private integer(bits: number): number {
    const { block } = this;
    const mask = (1 << bits) - 1;
    const prefix = block[this.position++]! & mask;
    if (prefix < mask) return prefix;
    let value = prefix;
    for (let shift = 0; shift <= MAX_INTEGER_SHIFT; shift += 7) {
      const octet = block[this.position++];
      if (octet === undefined) throw new HpackError('the block ends within an integer');
      value += (octet & 0x7f) * 2 ** shift;
      if ((octet & 0x80) === 0) return value;
    }
    throw new HpackError('an integer beyond all bounds');
  }

  private text(): string {
    const { block } = this;
    if (this.position >= block.length) throw new HpackError('the block ends before a string');
    const isHuffman = (block[this.position]! & 0x80) !== 0;
    const length = this.integer(7);
    const start = this.position;
    const end = start + length;
    if (end > block.length) throw new HpackError('the block ends within a string');
    this.position = end;
    if (!isHuffman) return block.toString('latin1', start, end);
    const text = decodeHuffman(block, start, end);
    if (text === undefined) throw new HpackError('a string that is wrongly Huffman-coded');
    return text;
  }
}

const EMPTY = Buffer.alloc(0);
