// SPDX-License-Identifier: Apache-2.0
import type { TestFrame } from '@weir/testing';
import type { SeededRandom } from '../../seeded-random.ts';

type Frame = Partial<TestFrame>;
type Frames = readonly Frame[];
type Mutation = (frames: Frames, at: number, random: SeededRandom) => Frames;

const MUTATIONS: readonly Mutation[] = [
  (frames, at) => frames.toSpliced(at, 1),
  (frames, at, random) => frames.toSpliced(random.below(frames.length), 0, frames[at] ?? {}),
  (frames, at, random) => change(frames, at, { type: random.below(12) }),
  (frames, at, random) => change(frames, at, { flags: (frames[at]?.flags ?? 0) ^ (1 << random.below(8)) }),
  (frames, at, random) => change(frames, at, { streamId: random.pick([0, 1, 2, 3, 5, 7, 9, 0x7fff_ffff, 0x8000_0001]) }),
  (frames, at, random) => change(frames, at, { payload: cut(frames[at]?.payload, random) }),
  (frames, at, random) =>
    change(frames, at, { payload: Buffer.concat([frames[at]?.payload ?? EMPTY, Buffer.alloc(random.below(9))]) }),
  (frames, at, random) => change(frames, at, { payload: flip(frames[at]?.payload, random) }),
  (frames, at) => frames.toSpliced(at, 2, ...frames.slice(at, at + 2).toReversed()),
];
const EMPTY = Buffer.alloc(0);

/** Changes some frames, each to one that may or may not be right. */
export function mutateFrames(frames: Frames, random: SeededRandom): Frames {
  let mutated = frames;
  do {
    if (mutated.length === 0) return mutated;
    mutated = random.pick(MUTATIONS)(mutated, random.below(mutated.length), random);
  } while (random.chance(0.4));
  return mutated;
}

/** Changes some bytes, without regard to what they mean. */
export function mutateBytes(bytes: Buffer, random: SeededRandom): Buffer {
  const mutated = Buffer.from(bytes);
  if (mutated.length === 0) return mutated;
  do {
    const at = random.below(mutated.length);
    mutated[at] = random.chance(0.5) ? random.below(256) : (mutated[at] ?? 0) ^ (1 << random.below(8));
  } while (random.chance(0.4));
  return random.chance(0.1) ? mutated.subarray(0, random.below(mutated.length)) : mutated;
}

function change(frames: Frames, at: number, changes: Frame): Frames {
  return frames.with(at, { ...frames[at], ...changes });
}

function cut(payload: Buffer | undefined, random: SeededRandom): Buffer {
  if (payload === undefined) return EMPTY;
  return payload.subarray(0, random.below(payload.length + 1));
}

function flip(payload: Buffer | undefined, random: SeededRandom): Buffer {
  const flipped = Buffer.from(payload ?? EMPTY);
  if (flipped.length > 0) flipped[random.below(flipped.length)] = random.below(256);
  return flipped;
}
