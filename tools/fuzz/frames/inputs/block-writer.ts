// SPDX-License-Identifier: Apache-2.0
import type { SeededRandom } from '../../seeded-random.ts';

type Pair = readonly [name: string, value: string];

/** Strings in Huffman code (RFC 7541 Appendix C.4). */
const HUFFMAN: ReadonlyMap<string, string> = new Map([
  ['www.example.com', 'f1e3c2e5f23a6ba0ab90f4ff'],
  ['no-cache', 'a8eb10649cbf'],
  ['custom-key', '25a849e95ba97d7f'],
  ['custom-value', '25a849e95bb8e8b4bf'],
]);
/** Fields of the static table (RFC 7541 Appendix A) with their values. */
const INDEXED: ReadonlyMap<string, number> = new Map([
  [':method GET', 2],
  [':method POST', 3],
  [':path /', 4],
  [':scheme http', 6],
  [':status 200', 8],
  [':status 204', 9],
  [':status 304', 11],
]);
const FIRST_DYNAMIC_INDEX = 62;

/** Parts of a block that are wrong, or nearly. */
const ODD_PARTS = [
  '80',
  'ff80808080808080',
  'be',
  'bf',
  'c0',
  'ff00',
  '3fe11f',
  '3fe21f',
  '20',
  '3f',
  '1f',
  '0084',
  '00',
  '40',
  '0082ffff',
  '3fff7f',
  '2020',
  '4000',
];

/** Writes header blocks in all forms that HPACK has (RFC 7541 §6). */
export class BlockWriter {
  private readonly random: SeededRandom;
  /** How many entries the peer's table has, roughly. */
  private entryCount = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  /** The blocks of another connection follow. */
  begin(): void {
    this.entryCount = 0;
  }

  /** `oddity`: the share of parts that are odd. */
  write(fields: readonly Pair[], oddity: number): Buffer {
    const { random } = this;
    const parts: Buffer[] = [];
    if (random.chance(0.05)) {
      parts.push(Buffer.from(random.pick(['20', '3f21', '3fe11f', '203fe11f']), 'hex'));
      this.entryCount = 0;
    }
    for (const field of fields) {
      if (oddity > 0 && random.chance(oddity / 3)) parts.push(Buffer.from(random.pick(ODD_PARTS), 'hex'));
      parts.push(this.field(field));
    }
    return Buffer.concat(parts);
  }

  private field([name, value]: Pair): Buffer {
    const { random } = this;
    const index = INDEXED.get(`${name} ${value}`);
    if (index !== undefined && random.chance(0.8)) return Buffer.from([0x80 + index]);
    // Any field will do for a regular one.
    if (this.entryCount > 0 && !name.startsWith(':') && random.chance(0.1)) {
      return Buffer.from([0x80 + FIRST_DYNAMIC_INDEX + random.below(Math.min(this.entryCount, 3))]);
    }
    const form = name.startsWith(':') ? random.pick([0x00, 0x10]) : random.pick([0x00, 0x10, 0x40, 0x40]);
    if (form === 0x40) this.entryCount += 1;
    return Buffer.concat([Buffer.from([form]), this.text(name), this.text(value)]);
  }

  private text(text: string): Buffer {
    const code = HUFFMAN.get(text);
    if (code !== undefined && this.random.chance(0.5)) {
      const bytes = Buffer.from(code, 'hex');
      return Buffer.concat([Buffer.from([0x80 + bytes.length]), bytes]);
    }
    const bytes = Buffer.from(text, 'latin1');
    if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    const rest = bytes.length - 127;
    const length = rest < 128 ? [127, rest] : [127, (rest % 128) + 128, Math.floor(rest / 128) % 128];
    return Buffer.concat([Buffer.from(length), bytes]);
  }
}
