// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { messageOf, proxiesText, stepText, weightText } from './progress-text.ts';
import { timeText } from './rollout-screen.ts';

/** Of the longest phase. */
const PHASE = 11;

interface Look {
  readonly atMs: number;
  /** Why the view is of the past. */
  readonly trouble: string | undefined;
}

/** Tells a Rollout line by line: what has become another since the last look. */
export class ChangeLog {
  private last = '';
  private wasAway = false;
  private readonly outcomes = new Map<number, string>();

  /** Lines for what is new, in order, without line feeds; none where nothing is. */
  linesFor(view: RolloutView, { atMs, trouble }: Look): readonly string[] {
    const { state, analysis } = view;
    const time = timeText(atMs);
    const hasGone = trouble !== undefined && !this.wasAway;
    this.wasAway = trouble !== undefined;
    if (hasGone) return [`${time}  ${trouble}`];
    // That proxies follow one by one is no line of its own.
    const told = [state?.phase ?? '-', stepText(state), weightText(state), messageOf(state)].join('\n');
    const isNew = told !== this.last;
    this.last = told;
    const found = analysis.flatMap(({ outcome, words }, i) => {
      if (this.outcomes.get(i) === outcome) return [];
      this.outcomes.set(i, outcome);
      return [`${time}  analysis ${outcome}: ${words}`];
    });
    return [...(isNew ? [changeLine(view, time)] : []), ...found];
  }
}

function changeLine({ state }: RolloutView, time: string): string {
  const parts = [(state?.phase ?? '-').padEnd(PHASE), `step ${stepText(state)}`, `weight ${weightText(state)}`];
  return [time, ...parts, `proxies ${proxiesText(state)}`, messageOf(state)].join('  ');
}
