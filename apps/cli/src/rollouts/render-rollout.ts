// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import type { Paint } from '../terminal/paint.ts';
import { shorten, wrap } from './fit-text.ts';
import { messageOf, revisionsText, stepText, toned } from './progress-text.ts';
import { historyLines } from './render-history.ts';
import { podLines } from './render-pods.ts';
import { proxyLines, weightLines } from './render-progress.ts';
import { analysisLines, seenLines } from './render-seen.ts';
import { stepLines } from './render-steps.ts';
import { timeText } from './rollout-screen.ts';
import type { RolloutScreen } from './rollout-screen.ts';

/** How a Rollout is to be shown. */
export interface Shown {
  /** Fewer than MIN_COLUMNS are taken for so many, and more than 120 for these. */
  readonly columns: number;
  /** No more lines than these. */
  readonly rows: number;
  /** When it was looked at. */
  readonly atMs: number;
  readonly paint: Paint;
  /** Everything that is known. */
  readonly isWhole: boolean;
  /** Why what is shown is of the past. */
  readonly trouble?: string | undefined;
}

/** What a Rollout needs of a screen. */
export const MIN_COLUMNS = 68;
const MAX_COLUMNS = 120;

/** Tried in turn, until it fits. */
const SIZES = [
  { maxSteps: Number.POSITIVE_INFINITY, isBrief: false },
  { maxSteps: 7, isBrief: false },
  { maxSteps: 5, isBrief: true },
  { maxSteps: 3, isBrief: true },
] as const;

/** A Rollout on one screen: lines without line feeds, no longer than the screen is wide. */
export function renderRollout(view: RolloutView, shown: Shown): readonly string[] {
  const columns = Math.min(Math.max(shown.columns, MIN_COLUMNS), MAX_COLUMNS);
  const { paint, isWhole, rows } = shown;
  let lines: readonly string[] = [];
  for (const size of SIZES) {
    lines = linesOf(view, shown, { ...size, columns, paint, isWhole });
    if (lines.length <= rows) return lines;
  }
  return lines.slice(0, rows);
}

function linesOf(view: RolloutView, shown: Shown, screen: RolloutScreen): readonly string[] {
  const { state } = view;
  const sections = [
    headLines(view, shown, screen),
    state === undefined ? [] : [...weightLines(state, screen), ...proxyLines(state, screen)],
    podLines(view, screen),
    stepLines(view, screen),
    state === undefined || state.phase === 'Stable' ? [] : seenLines(view, screen),
    analysisLines(view, screen),
    state === undefined ? [] : historyLines(state, screen),
  ];
  const gap = screen.isBrief ? [] : [''];
  return sections.filter(({ length }) => length > 0).flatMap((lines, i) => (i === 0 ? lines : [...gap, ...lines]));
}

function headLines(view: RolloutView, { atMs, trouble }: Shown, screen: RolloutScreen): readonly string[] {
  const { columns, paint, isBrief } = screen;
  const { namespace, name, strategy, service, state } = view;
  const time = timeText(atMs);
  const title = shorten(`${namespace}/${name}`, columns - time.length - 2);
  const about = shorten(`  ${strategy} of Service ${service}`, columns - title.length - time.length - 2);
  const message = isBrief ? [shorten(messageOf(state), columns - 2)] : wrap(messageOf(state), columns - 2);
  return [
    paint.strong(title) + paint.dim(about.padEnd(columns - title.length - time.length) + time),
    `  ${phaseText(view, screen)}`,
    ...message.map(line => `  ${toned(line, state, paint)}`),
    ...(trouble === undefined ? [] : wrap(trouble, columns - 2).map(line => `  ${paint.bad(line)}`)),
  ];
}

function phaseText({ state }: RolloutView, { columns, paint }: RolloutScreen): string {
  const phase = `● ${state?.phase ?? 'Stable'}${state?.paused === undefined ? '' : ', paused'}`;
  const isStepping = state?.step !== undefined && state.step.index > 0;
  const step = isStepping ? `  step ${stepText(state)}` : '';
  const revisions = revisionsText(state);
  const rest = shorten(`${step}  ${revisions}`, columns - phase.length - 2);
  return toned(paint.strong(phase), state, paint) + rest;
}
