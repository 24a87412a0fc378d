// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { shorten } from './fit-text.ts';
import { GUTTER, labelled } from './rollout-screen.ts';
import type { RolloutScreen } from './rollout-screen.ts';

/** Of each step, the last one included, which is always the same. */
type Mark = 'done' | 'next' | 'present';

const LAST = 'all requests';
const SIGNS: Readonly<Record<Mark, string>> = { done: '✓', next: ' ', present: '▶' };

/** The steps with the present one marked; those far from it are counted where there are too many. */
export function stepLines({ steps, state }: RolloutView, screen: RolloutScreen): readonly string[] {
  const all = [...steps, LAST];
  const lines = all.map((words, i) => stepLine({ words, number: i + 1, of: all.length }, markOf(i + 1, state), screen));
  return labelled('steps', around(lines, state?.step?.index ?? 0, screen), screen.paint);
}

function markOf(number: number, state: RolloutView['state']): Mark {
  const index = state?.step?.index ?? 0;
  switch (state?.phase) {
    case 'Keeping':
    case 'Draining':
    case 'Retiring':
      return 'done';
    case 'Progressing':
    case 'Promoting':
      if (number === index) return 'present';
      return number < index ? 'done' : 'next';
    case 'Stable':
    case 'Preparing':
    case 'Aborting':
    case 'Aborted':
    case undefined:
      return 'next';
  }
}

interface NumberedStep {
  readonly words: string;
  readonly number: number;
  readonly of: number;
}

function stepLine({ words, number, of }: NumberedStep, mark: Mark, { columns, paint }: RolloutScreen): string {
  const digits = `${of}`.length;
  const numbered = `${`${number}`.padStart(digits)}  ${shorten(words, columns - GUTTER - digits - 4)}`;
  if (mark === 'present') return paint.strong(`${SIGNS[mark]} ${numbered}`);
  return mark === 'done' ? `${paint.good(SIGNS[mark])} ${numbered}` : paint.dim(`${SIGNS[mark]} ${numbered}`);
}

/** `maxSteps` lines with the present one in their middle, where it can be; what is left out is counted. */
function around(lines: readonly string[], index: number, { maxSteps, paint }: RolloutScreen): readonly string[] {
  if (lines.length <= maxSteps) return lines;
  const middle = index - 1 - Math.floor(maxSteps / 2);
  const start = Math.max(0, Math.min(middle, lines.length - maxSteps));
  const after = lines.length - start - maxSteps;
  return [
    ...(start > 0 ? [paint.dim(`  ${start} earlier`)] : []),
    ...lines.slice(start, start + maxSteps),
    ...(after > 0 ? [paint.dim(`  ${after} more`)] : []),
  ];
}
