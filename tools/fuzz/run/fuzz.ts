// SPDX-License-Identifier: Apache-2.0
import { checkInput, type Explained } from '../differences/check-input.ts';
import { MessageWriter } from '../inputs/message-writer.ts';
import { mutateBytes } from '../inputs/mutate-bytes.ts';
import type { Direction } from '../parsers/outcome.ts';
import { SeededRandom } from '../seeded-random.ts';
import { checkSplits } from './check-splits.ts';
import { minimise } from './minimise.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Each so many inputs, one is also read in pieces. */
  readonly splitEvery: number;
  /** Called now and then with how many inputs are done. */
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  /** How often each known difference came up, agreement (`same`) and messages that both accepted (`accepted`) included. */
  readonly counts: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly direction: Direction;
  /** The shortest input found that still shows it. */
  readonly input: string;
  readonly detail: string;
}

const REQUEST_SHARE = 0.6;
const MUTATED_SHARE = 0.4;
const MAX_FAILURES = 20;
const PROGRESS_EVERY = 100_000;

/** Reads generated inputs with both parsers and collects what nobody has explained. */
export function fuzz(options: FuzzOptions): FuzzReport {
  const { inputs, splitEvery, onProgress } = options;
  const next = createInputs(options.seed);
  const counts = new Map<string, number>();
  const failures: Failure[] = [];
  for (let done = 0; done < inputs && failures.length < MAX_FAILURES; done++) {
    if (done % PROGRESS_EVERY === 0) onProgress?.(done);
    const { text, direction } = next();
    const finding = checkInput(text, direction);
    if (finding.kind === 'unexplained') failures.push(describeDifference(text, direction));
    else for (const name of namesOf(finding)) counts.set(name, (counts.get(name) ?? 0) + 1);
    if (done % splitEvery === 0 && checkSplits(text, direction) !== undefined) failures.push(describeSplit(text, direction));
  }
  return { counts, failures };
}

function createInputs(seed: number): () => { text: string; direction: Direction } {
  const random = new SeededRandom(seed);
  const writer = new MessageWriter(random);
  return () => {
    const direction = random.chance(REQUEST_SHARE) ? 'request' : 'response';
    const whole = direction === 'request' ? writer.writeRequests() : writer.writeResponses();
    return { text: random.chance(MUTATED_SHARE) ? mutateBytes(whole, random) : whole, direction };
  };
}

function namesOf(finding: Explained): readonly string[] {
  return finding.name === 'same' && finding.outcome.messages.length > 0 ? ['same', 'accepted'] : [finding.name];
}

function describeDifference(input: string, direction: Direction): Failure {
  const shortest = minimise(input, shorter => checkInput(shorter, direction).kind === 'unexplained');
  const finding = checkInput(shortest, direction);
  return { direction, input: shortest, detail: finding.kind === 'unexplained' ? finding.detail : '' };
}

function describeSplit(input: string, direction: Direction): Failure {
  const shortest = minimise(input, shorter => checkSplits(shorter, direction) !== undefined);
  return { direction, input: shortest, detail: checkSplits(shortest, direction) ?? '' };
}
