// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedHash } from './keyed-hash.ts';

const MASK = 0xffff_ffffn;

interface Rounds {
  readonly perWord: number;
  readonly final: number;
}

function rotateLeft(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (32n - bits))) & MASK;
}

function mix(v: bigint[]): void {
  let [v0, v1, v2, v3] = v as [bigint, bigint, bigint, bigint];
  v0 = (v0 + v1) & MASK;
  v1 = rotateLeft(v1, 5n) ^ v0;
  v0 = rotateLeft(v0, 16n);
  v2 = (v2 + v3) & MASK;
  v3 = rotateLeft(v3, 8n) ^ v2;
  v0 = (v0 + v3) & MASK;
  v3 = rotateLeft(v3, 7n) ^ v0;
  v2 = (v2 + v1) & MASK;
  v1 = rotateLeft(v1, 13n) ^ v2;
  v2 = rotateLeft(v2, 16n);
  v.splice(0, 4, v0, v1, v2, v3);
}

/** The reference algorithm with 64 bits of output, over words instead of bytes. */
function reference([k0, k1]: readonly [bigint, bigint], words: readonly bigint[], rounds: Rounds): readonly number[] {
  const v = [k0, k1 ^ 0xeen, 0x6c796765n ^ k0, 0x74656462n ^ k1];
  const repeat = (count: number) => {
    for (let i = 0; i < count; i++) mix(v);
  };
  for (const word of words) {
    v[3]! ^= word;
    repeat(rounds.perWord);
    v[0]! ^= word;
  }
  v[2]! ^= 0xeen;
  repeat(rounds.final);
  const low = v[1]! ^ v[3]!;
  v[1]! ^= 0xddn;
  repeat(rounds.final);
  return [Number(low) | 0, Number(v[1]! ^ v[3]!) | 0];
}

describe('the keyed hash', () => {
  it('has a reference that gives the published vectors of HalfSipHash-2-4', () => {
    const key = [0x03020100n, 0x07060504n] as const;
    // Inputs of no and of four bytes: 00 01 02 03. The last word is the length.
    expect(reference(key, [0n], { perWord: 2, final: 4 })).toEqual([0x591f8d21 | 0, 0xc83cb8b9 | 0]);
    expect(reference(key, [0x03020100n, 0x04000000n], { perWord: 2, final: 4 })).toEqual([0x178ae7d5 | 0, 0xa12ee55b | 0]);
  });

  it('is HalfSipHash-1-3 of the key, its length and the seed', () => {
    const unitsOf = fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 40 });
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        unitsOf.map(units => String.fromCharCode(...units)),
        fc.tuple(word, word),
        fc.tuple(word, word),
        (key, secret, seed) => {
          const hash = new KeyedHash(...secret);
          hash.absorb(key);
          hash.finish(...seed);
          const units = Array.from({ length: Math.ceil(key.length / 2) }, (_, i) => {
            const second = 2 * i + 1 < key.length ? key.charCodeAt(2 * i + 1) : 0;
            return key.charCodeAt(2 * i) + second * 65_536;
          });
          const words = [...units, key.length, ...seed].map(each => BigInt.asUintN(32, BigInt(each)));
          const [k0, k1] = secret.map(each => BigInt.asUintN(32, BigInt(each))) as [bigint, bigint];
          expect([hash.low, hash.high]).toEqual(reference([k0, k1], words, { perWord: 1, final: 3 }));
        },
      ),
    );
  });

  it('tells keys apart that end in nothing', () => {
    const hash = new KeyedHash(1, 2);
    const words = ['a', 'a\0', ''].map(key => {
      hash.absorb(key);
      hash.finish(3, 4);
      return `${hash.low}/${hash.high}`;
    });
    expect(new Set(words).size).toBe(3);
  });
});
