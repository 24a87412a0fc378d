// SPDX-License-Identifier: Apache-2.0
import { isMet, type ScenarioResult, type Target } from '../scenarios/scenario.ts';
import type { MachineFacts } from '../measure/machine.ts';

/** A scenario as a Markdown table, ready for the documentation, with its targets below. */
export function renderScenario({ name, title, columns, rows, targets, skipped }: ScenarioResult): string {
  const table = [columns, ...rows.map(({ label, cells }) => [label, ...cells])];
  const widths = columns.map((_, column) => Math.max(...table.map(cells => cells[column]?.length ?? 0)));
  const lines = table.map(cells => renderLine(cells, widths));
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [
    `\n### ${name}: ${title}\n`,
    ...lines.slice(0, 1),
    rule,
    ...lines.slice(1),
    '',
    ...targets.map(renderTarget),
    ...skipped.map(text => `- not measured: ${text}`),
  ].join('\n');
}

export function renderMachine({ takenAt, cpu, cores, memoryGiB, kernel, loadBefore, versions }: MachineFacts): string {
  const list = Object.entries(versions).map(([command, version]) => `${command} ${version}`);
  const machine = `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, load before ${loadBefore.toFixed(2)}`;
  return `${takenAt}: ${machine}\n${list.join(', ')}`;
}

function renderLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = widths.map((width, column) => pad(cells[column] ?? '', { width, isFirst: column === 0 }));
  return `| ${padded.join(' | ')} |`;
}

function pad(text: string, { width, isFirst }: { width: number; isFirst: boolean }): string {
  return isFirst ? text.padEnd(width) : text.padStart(width);
}

function renderTarget(target: Target): string {
  const met = isMet(target);
  // Some limits are quotients; `12.00` would look more exact than `12`.
  const limit = Number(target.limit.toFixed(2));
  if (met === undefined) return `- ${target.text}: not measured (to reach: at most ${limit})`;
  return `- ${target.text}: ${target.value.toFixed(2)}, to reach: at most ${limit}: ${met ? 'met' : 'MISSED'}`;
}
