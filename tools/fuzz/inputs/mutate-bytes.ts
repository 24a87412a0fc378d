// SPDX-License-Identifier: Apache-2.0
import type { SeededRandom } from '../seeded-random.ts';

/** Bytes that mean something to a parser; any other is tried too. */
const MEANINGFUL = ['\r', '\n', ' ', '\t', ':', ';', ',', '\0', '0', '-', '/', '"', '\x7f', '\x80', '\xff', '\r\n'];

type Mutation = (text: string, at: number, random: SeededRandom) => string;

const MUTATIONS: readonly Mutation[] = [
  (text, at, random) => text.slice(0, at) + randomByte(random) + text.slice(at + 1),
  (text, at, random) => text.slice(0, at) + randomByte(random) + text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at, random) => text.slice(0, at) + text.slice(at + random.below(20)),
  (text, at, random) => text.slice(0, at) + text.slice(Math.max(0, at - random.below(40))),
  (text, at) => text.slice(0, at),
  (text, at, random) =>
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))) + text.slice(at + 1),
  (text, at) => text.slice(0, at) + swapCase(text.charAt(at)) + text.slice(at + 1),
];

/** Damages some bytes, without regard to what they mean. */
export function mutateBytes(text: string, random: SeededRandom): string {
  let mutated = text;
  do {
    if (mutated === '') return mutated;
    mutated = random.pick(MUTATIONS)(mutated, random.below(mutated.length), random);
  } while (random.chance(0.3));
  return mutated;
}

function randomByte(random: SeededRandom): string {
  return random.chance(0.7) ? random.pick(MEANINGFUL) : String.fromCharCode(random.below(256));
}

function swapCase(character: string): string {
  const lower = character.toLowerCase();
  return lower === character ? character.toUpperCase() : lower;
}
