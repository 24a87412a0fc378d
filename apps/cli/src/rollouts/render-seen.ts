// SPDX-License-Identifier: Apache-2.0
import type { RolloutView, SeenRevision } from '@weir/control-plane';
import { formatCount, formatMs, formatShare } from '@weir/rollouts';
import { shorten, wrap } from './fit-text.ts';
import { GUTTER, labelled } from './rollout-screen.ts';
import type { RolloutScreen } from './rollout-screen.ts';

const SIDES = ['edge', 'mesh'] as const;
const HEADER = ['requests', 'failed', 'success', 'p50', 'p99'];
/** Of each cell, with what stands in front of it. */
const CELLS = [11, 10, 10, 9, 9];
const ALL_CELLS = CELLS.reduce((sum, width) => sum + width, 0);

/** What proxies saw of both revisions, at the edge and in the mesh. */
export function seenLines({ state, seen }: RolloutView, screen: RolloutScreen): readonly string[] {
  const { paint, columns } = screen;
  const since = sinceText(state);
  const sides = SIDES.filter(side => seen[side].stable.requests + seen[side].candidate.requests > 0);
  if (sides.length === 0) return labelled('seen', [`no requests ${since}`], paint);
  const [stable, candidate] = [state?.split?.stable ?? 'stable', state?.split?.candidate ?? 'candidate'];
  const wanted = Math.max(since.length, stable.length, candidate.length);
  const width = Math.min(wanted, columns - GUTTER - ALL_CELLS);
  const row = (name: string, cells: readonly string[]): string =>
    shorten(name, width).padEnd(width) + cells.map((cell, i) => cell.padStart(CELLS[i] ?? 0)).join('');
  return [
    ...labelled('seen', [paint.dim(row(since, HEADER))], paint),
    ...sides.flatMap(side =>
      labelled(side, [row(stable, cellsOf(seen[side].stable)), row(candidate, cellsOf(seen[side].candidate))], paint),
    ),
  ];
}

/** Counting begins anew when a step has come to every proxy, and not before. */
function sinceText(state: RolloutView['state']): string {
  const { step } = state ?? {};
  if (step === undefined || step.index === 0) return 'so far';
  return step.arrivedAtMs === undefined ? `before step ${step.index}` : `in step ${step.index}`;
}

function cellsOf({ requests, failures, successPercent, p50Ms, p99Ms }: SeenRevision): readonly string[] {
  const success = successPercent === undefined ? '-' : formatShare(successPercent / 100);
  return [formatCount(requests), formatCount(failures), success, timeCell(p50Ms), timeCell(p99Ms)];
}

function timeCell(durationMs: number | undefined): string {
  return durationMs === undefined ? '-' : formatMs(durationMs);
}

const SIGNS: Readonly<Record<string, string>> = { pass: '✓', fail: '✗', undecided: '?', notEnoughTraffic: '…' };

/** What the analysis says of each condition. */
export function analysisLines({ analysis }: RolloutView, { columns, paint, isBrief }: RolloutScreen): readonly string[] {
  const room = columns - GUTTER - 2;
  const lines = analysis.flatMap(({ outcome, words }) => {
    const [first = '', ...others] = isBrief ? [shorten(words, room)] : wrap(words, room);
    const sign = SIGNS[outcome] ?? ' ';
    const painted = { pass: paint.good(sign), fail: paint.bad(sign) }[outcome] ?? paint.warning(sign);
    return [`${painted} ${first}`, ...others.map(line => `  ${line}`)];
  });
  return labelled('analysis', lines, paint);
}
