// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Document } from '../../documents/index.ts';
import { CompileRun } from '../compile-run.ts';
import type { CompilerOptions } from '../compile-run.ts';

/** A change of one document that makes Weir fail. */
export interface Culprit {
  readonly key: string;
  /** As it is now; undefined = that it is gone is what cannot be borne. */
  readonly document: Document | undefined;
  readonly reason: unknown;
}

export interface FailedChange {
  readonly options: CompilerOptions;
  /** What was compiled before. */
  readonly used: ReadonlyMap<string, Document>;
  /** What could not be compiled. */
  readonly wanted: ReadonlyMap<string, Document>;
}

type Suspect = Pick<Culprit, 'document' | 'key'>;

/** Meanwhile a process answers nobody, and is killed after 25 s: where a great many fail, none of them is the one to leave out. */
const MAX_SEARCH_MS = 15_000;

/**
 * Finds the documents without whose change the others compile, by halves: of two that fail only together, the later. None where all
 * compile once nothing is remembered. Takes a whole compilation for each half that fails. Throws where what was compiled before
 * fails, and where it takes longer than 15 s.
 */
export function findCulprits({ options, used, wanted }: FailedChange): readonly Culprit[] {
  const trial = new Trial(options, used);
  const gone = [...used.keys()].filter(key => !wanted.has(key)).map((key): Suspect => ({ key, document: undefined }));
  const come = [...wanted].filter(([key, document]) => used.get(key) !== document);
  trial.take([...gone, ...come.map(([key, document]): Suspect => ({ key, document }))]);
  return trial.culprits;
}

class Trial {
  readonly culprits: Culprit[] = [];
  private readonly options: CompilerOptions;
  private sound: ReadonlyMap<string, Document>;
  private run: CompileRun;
  private readonly startedMs: number;

  constructor(options: CompilerOptions, sound: ReadonlyMap<string, Document>) {
    this.options = options;
    this.startedMs = options.clock.wallMs();
    this.sound = sound;
    this.run = this.begin();
  }

  take(suspects: readonly Suspect[]): void {
    const next = new Map(this.sound);
    for (const { key, document } of suspects) {
      if (document === undefined) next.delete(key);
      else next.set(key, document);
    }
    try {
      this.run.update(next);
      this.sound = next;
    } catch (reason) {
      if (this.options.clock.wallMs() - this.startedMs > MAX_SEARCH_MS) {
        throw new Error(`too many documents make it fail to be found, such as with ${reasonWords(reason)}`, { cause: reason });
      }
      this.run = this.begin();
      this.divide(suspects, reason);
    }
  }

  private divide(suspects: readonly Suspect[], reason: unknown): void {
    const [first] = suspects;
    if (first === undefined) throw reason;
    if (suspects.length === 1) {
      this.culprits.push({ ...first, reason });
      return;
    }
    const half = Math.ceil(suspects.length / 2);
    this.take(suspects.slice(0, half));
    this.take(suspects.slice(half));
  }

  private begin(): CompileRun {
    const run = new CompileRun(this.options);
    run.update(this.sound);
    return run;
  }
}
