// SPDX-License-Identifier: Apache-2.0
import { http2FramesIn, type TestFrame } from '@weir/testing';
import type { Role } from '../subjects/subject.ts';
import { bytesOfFrames, FramesWriter } from '../inputs/frames-writer.ts';
import { mutateBytes, mutateFrames } from '../inputs/mutate-frames.ts';
import { BODY_UNLIKE_LENGTH } from '../model/received-data.ts';
import { minimise } from '../../run/minimise.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { checkInput } from './check-input.ts';
import { checkSplits } from './check-splits.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Each so many inputs, one is also read in pieces. */
  readonly splitEvery: number;
  /** Called now and then with how many inputs are done. */
  readonly onProgress?: (done: number) => void;
}

export interface Failure {
  readonly role: Role;
  /** The shortest input found that still shows it, in hex; without the preface. */
  readonly input: string;
  readonly detail: string;
}

export interface FuzzReport {
  /** How often each rule of the model was met, and `nothing wrong`. */
  readonly counts: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
}

const SERVER_SHARE = 0.6;
const MAX_FAILURES = 10;
const PROGRESS_EVERY = 10_000;
/** Bytes up to which leaving out single ones is worth the time. */
const LONGEST_MINIMISED = 4_000;

/** Gives generated frames to both sides of HTTP/2 and collects what is not as the model demands. */
export function fuzzFrames({ seed, inputs, splitEvery, onProgress }: FuzzOptions): FuzzReport {
  const random = new SeededRandom(seed);
  const counts = new Map<string, number>();
  const failures: Failure[] = [];
  for (let done = 0; done < inputs && failures.length < MAX_FAILURES; done++) {
    if (done % PROGRESS_EVERY === 0) onProgress?.(done);
    const role = random.chance(SERVER_SHARE) ? 'server' : 'client';
    const bytes = nextInput(random, role);
    const { problem, rules } = tryInput(bytes, role);
    for (const rule of rules.length === 0 ? ['nothing wrong'] : rules) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    if (problem !== undefined) failures.push(describe(bytes, role, input => tryInput(input, role).problem));
    else if (done % splitEvery === 0 && isReadAlike(rules)) failures.push(...splitFailures(bytes, role));
  }
  return { counts, failures };
}

function splitFailures(bytes: Buffer, role: Role): readonly Failure[] {
  return trySplits(bytes, role) === undefined ? [] : [describe(bytes, role, input => trySplits(input, role))];
}

function nextInput(random: SeededRandom, role: Role): Buffer {
  const frames = new FramesWriter(random, role).write();
  const kind = random.below(10);
  if (kind < 4) return bytesOfFrames(frames);
  return kind < 8 ? bytesOfFrames(mutateFrames(frames, random)) : mutateBytes(bytesOfFrames(frames), random);
}

/** Whether a body that nobody reads is wrong is seen in its first piece, however long that is. */
function isReadAlike(rules: readonly string[]): boolean {
  return !rules.includes(`optional: ${BODY_UNLIKE_LENGTH}`);
}

/** What a codec throws is a defect like any other. */
function tryInput(bytes: Buffer, role: Role): ReturnType<typeof checkInput> {
  try {
    return checkInput(bytes, role);
  } catch (reason) {
    return {
      problem: `threw ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`,
      rules: [],
      isEnded: false,
      heads: [],
    };
  }
}

function trySplits(bytes: Buffer, role: Role): string | undefined {
  try {
    return checkSplits(bytes, role);
  } catch (reason) {
    return `threw ${String(reason)}`;
  }
}

function describe(bytes: Buffer, role: Role, check: (input: Buffer) => string | undefined): Failure {
  const isWrong = (text: string): boolean => check(Buffer.from(text, 'latin1')) !== undefined;
  const fewer = dropFrames(bytes, check);
  const shortest = fewer.length > LONGEST_MINIMISED ? fewer : Buffer.from(minimise(fewer.toString('latin1'), isWrong), 'latin1');
  return { role, input: shortest.toString('hex'), detail: check(shortest) ?? '' };
}

/** Leaves out whole frames, ever fewer at a time, as long as that changes nothing: a frame less is a shorter story than some bytes less. */
function dropFrames(bytes: Buffer, check: (input: Buffer) => string | undefined): Buffer {
  let frames: readonly TestFrame[] = http2FramesIn(bytes);
  if (check(bytesOfFrames(frames)) === undefined) return bytes;
  for (let count = Math.ceil(frames.length / 2); count >= 1; count = count === 1 ? 0 : Math.ceil(count / 2)) {
    for (let at = 0; at < frames.length;) {
      const fewer = frames.toSpliced(at, count);
      if (check(bytesOfFrames(fewer)) === undefined) at += count;
      else frames = fewer;
    }
  }
  return bytesOfFrames(frames);
}
