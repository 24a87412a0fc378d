// SPDX-License-Identifier: Apache-2.0
import type { ControlPlaneEvent, RunningControlPlane } from '@weir/control-plane';
import { renderTurn } from '../screen/render-turn.ts';
import type { Paint } from '../terminal/paint.ts';
import { countProblems, plural, renderProblems } from '../terminal/render-problem.ts';

export interface ControlPlaneStart {
  /** What it distributes: a directory as the user named it, or the cluster. */
  readonly documents: string;
  readonly durationMs: number;
}

/** What a person sees when a control plane serves. */
export function renderControlPlane(
  running: RunningControlPlane,
  { documents, durationMs }: ControlPlaneStart,
  paint: Paint,
): string {
  const { listen, apiUrl, tokenPlace, startProblems, controlPlane } = running;
  const at = placeText(listen);
  const row = (name: string, text: string): string => `    ${paint.dim(`${name.padEnd(12)} ${text}`)}`;
  const trouble =
    startProblems.length === 0
      ? []
      : ['', paint.warning(`  ${countProblems(startProblems)}:`), renderProblems(startProblems, paint).trimEnd()];
  return `${[
    '',
    `${paint.strong('weir')} distributes ${documents} ${paint.dim(`(ready in ${Math.round(durationMs)} ms)`)}`,
    '',
    `  ${paint.good('●')} ${paint.strong(at)}  proxies connect here`,
    row('API', `${apiUrl}/api/v1`),
    row('token', tokenPlace),
    row('trust domain', controlPlane.trustDomain),
    ...trouble,
    '',
  ].join('\n')}\n`;
}

/** One line, or few, for what happened. Ends with a line feed. */
export function renderControlPlaneEvent(event: ControlPlaneEvent, paint: Paint): string {
  switch (event.kind) {
    case 'changed':
      return `${paint.good('●')} ${changeText(event)}\n`;
    case 'problems':
      return renderProblems(event.problems, paint) + keptNote(event, paint);
    case 'recovered':
      return `${paint.good('recovered')}: no errors are left in the documents; all of them are distributed\n`;
    case 'joined':
      return `${paint.good('joined')}: ${event.identity}, which may register ${event.addresses.join(', ')}\n`;
    case 'not-certified':
      return `${paint.bad('refused')}: no certificate for ${event.from}: ${event.reason}\n`;
    case 'peer-refused':
      return `${paint.bad('refused')}: the certificate of ${event.address}: ${event.reason}\n`;
    case 'api-refused':
      return `${paint.bad('refused')}: a request of ${event.address} to the API: ${event.reason}\n`;
    case 'asked':
      return `${paint.dim('asked')}: ${event.proxy} for ${event.path}, by the ${event.caller}\n`;
    case 'rotation':
      return `${paint.strong('rotation')}: ${event.phase}\n`;
    case 'rollout':
      return renderTurn(event, paint);
    case 'note':
      return `${paint.warning('note')}: ${event.text}\n`;
  }
}

/** More names than this are counted. */
const MAX_NAMES = 3;

function changeText({ upserted, removed, resourceCount }: Extract<ControlPlaneEvent, { kind: 'changed' }>): string {
  const parts = [
    ...(upserted.length > 0 ? [`${listNames(upserted)} changed`] : []),
    ...(removed.length > 0 ? [`${listNames(removed)} removed`] : []),
  ];
  const effect = resourceCount === 0 ? 'what proxies have stays the same' : `${plural(resourceCount, 'resource')} on their way`;
  return `${parts.join(', ')}: ${effect}`;
}

function keptNote({ unread }: Extract<ControlPlaneEvent, { kind: 'problems' }>, paint: Paint): string {
  const isKept = unread.some(({ severity }) => severity === 'error');
  return isKept ? `    ${paint.dim('what the file said before stays in force')}\n` : '';
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** `127.0.0.1:15010`, `[::]:15010`. */
export function placeText({ address, port }: RunningControlPlane['listen']): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
