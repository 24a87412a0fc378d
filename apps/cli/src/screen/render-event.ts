// SPDX-License-Identifier: Apache-2.0
import type { AppliedChange, GatewayEvent, LiveChange } from '@weir/gateway';
import type { Port } from '@weir/policy/snapshot';
import { hostPort } from '@weir/proxy';
import type { Paint } from '../terminal/paint.ts';
import { renderEndpoints } from './render-endpoints.ts';
import { plural, renderProblems } from '../terminal/render-problem.ts';

/** One line, or few, for what happened while the gateway runs. Ends with a line feed. */
export function renderEvent(event: GatewayEvent, paint: Paint): string {
  switch (event.kind) {
    case 'changed':
      return `${renderChange(event, paint)}\n`;
    case 'applied':
      return renderApplied(event, paint);
    case 'problems':
      return renderNewProblems(event, paint);
    case 'recovered':
      return `${paint.good('recovered')}: no errors are left in the documents; all of them are live\n`;
    case 'rejected':
      return event.rejections
        .map(({ resource, reason }) => `${paint.bad('not taken')}: ${resource} stays at its previous version: ${reason}\n`)
        .join('');
    case 'port-opened':
      return `${paint.good('listening')} on ${portText(event.port)}\n`;
    case 'port-closed':
      return `${paint.warning('closed')} ${portText(event.port)}\n`;
    case 'port-failed':
      return `${paint.bad('error')}: ${event.error.message}; tried again every two seconds\n    ${event.error.hint}\n`;
    case 'endpoints':
      return renderEndpoints(event.report, paint);
    case 'worker-ended':
      return renderEnd(event, paint);
    case 'overload':
      return renderOverload(event, paint);
    case 'span-export':
      return renderSpanExport(event, paint);
    case 'note':
      return `${paint.warning('note')}: ${event.text}\n`;
  }
}

function portText({ address, port, protocol }: Port): string {
  return `${hostPort(address, port)}${protocol === 'UDP' ? ' (UDP)' : ''}`;
}

/** More names than this are counted. */
const MAX_NAMES = 3;

function renderChange({ upserted, removed, durationMs, version, resourceCount, ruleCount }: LiveChange, paint: Paint): string {
  const parts = [];
  if (upserted.length > 0) parts.push(`${listNames(upserted)} changed`);
  if (removed.length > 0) parts.push(`${listNames(removed)} removed`);
  const effect = resourceCount === 0 ? 'what is served stays the same' : `live in ${millisecondsText(durationMs)}`;
  return `${paint.good('●')} ${parts.join(', ')}: ${effect} ${paint.dim(`(${plural(ruleCount, 'route rule')}, version ${version})`)}`;
}

function renderApplied({ durationMs, resourceCount, ruleCount }: AppliedChange, paint: Paint): string {
  const effect = `${plural(resourceCount, 'resource')} changed: live in ${millisecondsText(durationMs)}`;
  return `${paint.good('●')} ${effect} ${paint.dim(`(${plural(ruleCount, 'route rule')})`)}\n`;
}

function millisecondsText(durationMs: number): string {
  return `${durationMs < 10 ? durationMs.toFixed(1) : String(Math.round(durationMs))} ms`;
}

/** Says itself what becomes of it. */
const OF_A_SIDECAR = 'sidecar-unreadable';

function renderNewProblems({ problems, unread }: Extract<GatewayEvent, { kind: 'problems' }>, paint: Paint): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const unreadErrors = errors.filter(problem => unread.includes(problem));
  const notes = [
    ...(unreadErrors.length > 0 ? ['what the file said before goes on being served'] : []),
    ...(errors.some(problem => !unreadErrors.includes(problem) && problem.code !== OF_A_SIDECAR)
      ? ['in force as written: requests that need what is wrong are refused']
      : []),
  ];
  return `${renderProblems(problems, paint)}${notes.map(note => `    ${paint.dim(note)}\n`).join('')}`;
}

function renderEnd({ end }: Extract<GatewayEvent, { kind: 'worker-ended' }>, paint: Paint): string {
  const { slot, reason, restartDelayMs, shortLives } = end;
  const when = restartDelayMs === 0 ? 'at once' : `in ${restartDelayMs} ms, after ${shortLives} short lives in a row`;
  return `${paint.bad('error')}: worker ${slot} ended and is replaced ${when}: ${reason}\n`;
}

function renderOverload({ change: { refused, pressure } }: Extract<GatewayEvent, { kind: 'overload' }>, paint: Paint): string {
  if (refused === undefined) return `${paint.good('recovered')}: no requests are refused any more for want of ${pressure}\n`;
  const which = refused === 'low' ? 'low' : `${refused} and less`;
  return `${paint.bad('overload')}: too little is left of ${pressure}: requests of priority ${which} are refused\n`;
}

function renderSpanExport({ url, reason }: Extract<GatewayEvent, { kind: 'span-export' }>, paint: Paint): string {
  if (reason === '') return `${paint.good('recovered')}: ${url} takes spans again\n`;
  return `${paint.warning('spans are lost')}: ${url} did not take them: ${reason}; traffic is not affected, and later ones are tried again\n`;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
