// SPDX-License-Identifier: Apache-2.0
import type { Running } from '@weir/gateway';
import type { Paint } from '../terminal/paint.ts';
import type { SidecarState } from '../mesh-host/sidecar-set.ts';
import { countProblems, plural, renderProblems } from '../terminal/render-problem.ts';
import { metricsRow, portLines, row } from './render-ports.ts';
import { renderSidecars } from './render-sidecars.ts';
import { tryLine } from './try-line.ts';

export interface Start {
  readonly running: Running;
  /** As the user named it. */
  readonly directory: string;
  readonly sidecars: readonly SidecarState[];
  /** Of the mesh; '' = there is none. */
  readonly trustDomain: string;
  readonly durationMs: number;
}

/** What a person sees when the gateway serves: what listens where, what was wrong, one thing to try. */
export function renderStart({ running, directory, sidecars, trustDomain, durationMs }: Start, paint: Paint): string {
  const snapshot = running.snapshot();
  const states = running.portStates();
  const problems = running.startProblems;
  const lines = [
    '',
    `${paint.strong('weir')} serves ${directory} ${paint.dim(`(ready in ${Math.round(durationMs)} ms)`)}`,
    '',
    ...portLines(states, snapshot, paint),
    ...renderSidecars({ sidecars, trustDomain }, paint),
    ...metricsRow(running.metricsAt, paint),
    ...row('admin', running.adminPath, paint),
    ...(running.ignoredCount === 0 ? [] : row('ignored', `${plural(running.ignoredCount, 'object')} of other groups`, paint)),
  ];
  const open = new Set(states.filter(({ failure }) => failure === undefined).map(({ port }) => port.name));
  const example = tryLine(snapshot, port => open.has(port.name));
  if (example !== undefined) lines.push('', `  Try  ${paint.strong(example)}`);
  const trouble =
    problems.length === 0 ? [] : ['', paint.warning(`  ${countProblems(problems)}:`), renderProblems(problems, paint).trimEnd()];
  return `${[...lines, ...trouble, '', paint.dim('  Edit a file and it is live at once. Ctrl-C stops.'), ''].join('\n')}\n`;
}
