// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Paint } from './paint.ts';

/** `routes.yaml:12:7: error: …`, with the object and the hint in lines of their own. Ends with a line feed. */
export function renderProblem(problem: Problem, paint: Paint): string {
  const { severity, message, object, path, hint } = problem;
  const label = severity === 'error' ? paint.bad('error') : paint.warning('warning');
  const lines = [`${paint.strong(placeOf(problem))}${label}: ${message}`];
  const what = [object, path].filter(part => part !== undefined).join(': ');
  if (what !== '') lines.push(`    ${paint.dim(what)}`);
  if (hint !== undefined) lines.push(`    ${hint}`);
  return `${lines.join('\n')}\n`;
}

/** Problems in the order of files and lines, each as `renderProblem` gives it. */
export function renderProblems(problems: readonly Problem[], paint: Paint): string {
  return inOrder(problems)
    .map(problem => renderProblem(problem, paint))
    .join('');
}

/** By file, line and column. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (left, right) =>
      (left.file ?? '').localeCompare(right.file ?? '') ||
      (left.line ?? 0) - (right.line ?? 0) ||
      (left.column ?? 0) - (right.column ?? 0),
  );
}

/** `2 errors, 1 warning`. */
export function countProblems(problems: readonly Problem[]): string {
  const errorCount = problems.filter(({ severity }) => severity === 'error').length;
  const warningCount = problems.length - errorCount;
  const parts = [];
  if (errorCount > 0) parts.push(plural(errorCount, 'error'));
  if (warningCount > 0) parts.push(plural(warningCount, 'warning'));
  return parts.length === 0 ? 'no problems' : parts.join(', ');
}

/** `1 route`, `2 routes`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function placeOf({ file, line, column }: Problem): string {
  if (file === undefined) return '';
  return `${[file, line, column].filter(part => part !== undefined).join(':')}: `;
}
