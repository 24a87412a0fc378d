// SPDX-License-Identifier: Apache-2.0
import type { PortState } from '@weir/gateway';
import type { Attachment, Port, Snapshot } from '@weir/policy/snapshot';
import { hostPort } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import type { Paint } from '../terminal/paint.ts';
import { plural } from '../terminal/render-problem.ts';

/** What listens where, and how many rules lead on from there. */
export function portLines(states: readonly PortState[], snapshot: Snapshot, paint: Paint): readonly string[] {
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

/** A line of things that are the same for every port. */
export function row(name: string, text: string, paint: Paint): readonly string[] {
  return [`    ${paint.dim(`${name.padEnd(8)} ${text}`)}`];
}

/** Undefined = metrics are off. */
export function metricsRow(at: PortAddress | undefined, paint: Paint): readonly string[] {
  const text = at === undefined ? 'off' : `http://${hostPort(at.address, at.port)}/metrics, /livez, /readyz`;
  return row('metrics', text, paint);
}
