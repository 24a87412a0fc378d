// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { renderTable } from '../control-plane/render-table.ts';
import type { Paint } from '../terminal/paint.ts';
import { shorten } from './fit-text.ts';
import { messageOf, proxiesText, revisionsText, stepText, toned, weightText } from './progress-text.ts';

const HEADER = ['NAMESPACE/NAME', 'PHASE', 'STEP', 'WEIGHT', 'STABLE → CANDIDATE', 'PROXIES'];
const LAST = 'WAITS FOR';
/** Where less than this is left for what they wait for, it stands below. */
const MIN_MESSAGE = 30;
const GAP = '  ';

export interface ListScreen {
  readonly columns: number;
  readonly paint: Paint;
}

/** One line a Rollout, or two where the screen is narrow. Ends with a line feed. */
export function renderRollouts(views: readonly RolloutView[], { columns, paint }: ListScreen): string {
  const rows = views.map(({ namespace, name, state }) => [
    ...[`${namespace}/${name}`, state?.phase ?? '-', stepText(state), weightText(state), revisionsText(state)],
    proxiesText(state),
  ]);
  const [header = '', ...lines] = renderTable(HEADER, rows);
  const width = Math.max(header.length, ...lines.map(({ length }) => length)) + GAP.length;
  const isWide = columns - width >= MIN_MESSAGE;
  const withMessages = views.flatMap(({ state }, i) => {
    const line = lines[i] ?? '';
    const message = (room: number): string => toned(shorten(messageOf(state), room), state, paint);
    return isWide ? [line.padEnd(width) + message(columns - width)] : [line, `    ${message(columns - 4)}`];
  });
  return [paint.dim(isWide ? header.padEnd(width) + LAST : header), ...withMessages, ''].join('\n');
}
