// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { isEqualContent } from '../../resolve/incremental/is-equal-content.ts';
import type { Issue } from '../../resolve/index.ts';
import { problemFromIssue } from './problem-from-issue.ts';

/** Keeps what is wrong, by whoever found it. */
export class ProblemBoard {
  private readonly problemsByOwner = new Map<string, readonly Problem[]>();
  private published: readonly Problem[] = [];
  private isStale = false;

  /** Replaces what an owner found. */
  replace(owner: string, issues: readonly Issue[]): void {
    if (issues.length === 0 && !this.problemsByOwner.has(owner)) return;
    const problems = issues.map(problemFromIssue);
    if (isEqualContent(problems, this.problemsByOwner.get(owner))) return;
    if (problems.length === 0) this.problemsByOwner.delete(owner);
    else this.problemsByOwner.set(owner, problems);
    this.isStale = true;
  }

  /** In the order of files and lines; the same list as before when there is no news. */
  list(): readonly Problem[] {
    if (!this.isStale) return this.published;
    const sorted = [...this.problemsByOwner.values()].flat().sort(comparePlaces);
    // Two ports of one Service find the same wrong annotation.
    this.published = Object.freeze(sorted.filter((problem, index) => !isEqualContent(problem, sorted[index - 1])));
    this.isStale = false;
    return this.published;
  }
}

function comparePlaces(left: Problem, right: Problem): number {
  return (
    compareText(left.file, right.file) ||
    (left.line ?? 0) - (right.line ?? 0) ||
    (left.column ?? 0) - (right.column ?? 0) ||
    compareText(left.object, right.object) ||
    compareText(left.path, right.path) ||
    compareText(left.message, right.message)
  );
}

function compareText(left = '', right = ''): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
