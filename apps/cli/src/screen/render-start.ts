// SPDX-License-Identifier: Apache-2.0
import type { PortState, Running } from '@weir/gateway';
import type { Attachment, Port, Snapshot } from '@weir/policy/snapshot';
import { hostPort } from '@weir/proxy';
import type { Paint } from '../terminal/paint.ts';
import type { SidecarState } from '../mesh-host/sidecar-set.ts';
import { countProblems, plural, renderProblems } from '../terminal/render-problem.ts';
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
    ...row('metrics', running.metricsAt === undefined ? 'off' : metricsUrl(running.metricsAt), paint),
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

function portLines(states: readonly PortState[], snapshot: Snapshot, paint: Paint): readonly string[] {
  if (states.length === 0) return [paint.warning('  nothing listens: no Gateway has a valid listener')];
  return states.flatMap(({ port, failure }) => {
    const url = `${schemeOf(port)}://${hostPort(port.address, port.port)}`;
    const ruleCount = rulesOn(
      port.listeners.map(({ name }) => name),
      snapshot,
    );
    const names = port.listeners.map(({ name, hostname }) => (hostname === '*' ? name : `${name} (${hostname})`)).join(', ');
    if (failure !== undefined) return [`  ${paint.bad('✗')} ${url}  ${failure.message}`];
    return [`  ${paint.good('●')} ${paint.link(url)}  ${plural(ruleCount, 'route rule')}  ${paint.dim(names)}`];
  });
}

function rulesOn(listeners: readonly string[], { resources }: Snapshot): number {
  const wanted = new Set(listeners);
  const isOn = ({ attachments }: { readonly attachments: readonly Attachment[] }): boolean =>
    attachments.some(({ listener }) => wanted.has(listener));
  return [...resources.values()].filter(resource => 'attachments' in resource && isOn(resource)).length;
}

/** Of a port with HTTPS and TLS listeners: what a browser would write. */
function schemeOf({ protocol, listeners }: Port): string {
  if (protocol !== 'TLS') return protocol.toLowerCase();
  return listeners.some(listener => listener.protocol === 'HTTPS') ? 'https' : 'tls';
}

function row(name: string, text: string, paint: Paint): readonly string[] {
  return [`    ${paint.dim(`${name.padEnd(8)} ${text}`)}`];
}

function metricsUrl({ address, port }: { readonly address: string; readonly port: number }): string {
  return `http://${hostPort(address, port)}/metrics, /livez, /readyz`;
}
