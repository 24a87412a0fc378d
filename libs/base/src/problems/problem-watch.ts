// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './problem.ts';

/** What became of the problems since the last look. */
export interface ProblemNews {
  readonly fresh: readonly Problem[];
  /** There were errors, and none is left. */
  readonly hasRecovered: boolean;
}

/** Tells each problem once: a directory that is edited ten times with one mistake in it is complained of once. */
export class ProblemWatch {
  private known: ReadonlySet<string> = new Set();
  private current: readonly Problem[] = [];

  get problems(): readonly Problem[] {
    return this.current;
  }

  get errors(): readonly Problem[] {
    return this.current.filter(({ severity }) => severity === 'error');
  }

  update(problems: readonly Problem[]): ProblemNews {
    const hadErrors = this.errors.length > 0;
    const keys = problems.map(problem => JSON.stringify(problem));
    const fresh = problems.filter((_, i) => !this.known.has(keys[i]!));
    this.known = new Set(keys);
    this.current = problems;
    return { fresh, hasRecovered: hadErrors && this.errors.length === 0 };
  }
}
