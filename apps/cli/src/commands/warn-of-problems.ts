// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { countProblems } from '../terminal/render-problem.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Says on the side that what was shown stands on documents with errors; gives whether there are any. */
export function warnOfProblems(problems: readonly Problem[], { err }: Terminal): boolean {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return false;
  err.write(`${err.paint.warning(`the documents have ${countProblems(errors)}`)}: weir check shows them\n`);
  return true;
}
