// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';
import type { Paint } from '../terminal/paint.ts';
import { plural } from '../terminal/render-problem.ts';
import { renderTable } from './render-table.ts';

type ObjectReport = ApiResources['object'];

/** More names than this are counted. */
const MAX_NAMES = 3;

/** One line an object, with those who refuse it and why below. Ends with a line feed. */
export function renderObjects(objects: readonly ObjectReport[], paint: Paint): string {
  const rows = objects.map(object => [object.key, haveText(object), programmedText(object), object.since ?? '-']);
  const [header = '', ...lines] = renderTable(['OBJECT', 'HAVE', 'PROGRAMMED', 'SINCE'], rows);
  const withDetails = objects.flatMap((object, i) => [lines[i] ?? '', ...detailsOf(object, paint)]);
  return [paint.dim(header), ...withDetails, ''].join('\n');
}

/** What stands above the objects. */
export function renderSummary(
  { proxyCount, errorCount, warningCount, trustDomain }: ApiResources['summary'],
  paint: Paint,
): string {
  const problems =
    errorCount + warningCount === 0 ? '' : `, ${plural(errorCount, 'error')} and ${plural(warningCount, 'warning')}`;
  const summary = `${plural(proxyCount, 'proxy').replace('proxys', 'proxies')} connected, trust domain ${trustDomain}${problems}`;
  return `${errorCount > 0 ? paint.warning(summary) : paint.dim(summary)}\n`;
}

/** `2/3`: of the proxies that need it, so many have it. */
export function haveText({ proxies: { having, needing } }: ObjectReport): string {
  return `${having}/${needing}`;
}

export function programmedText({ programmed }: ObjectReport): string {
  if (programmed === undefined) return '-';
  return { true: 'True', false: 'False', noSubscribers: 'NoSubscribers' }[programmed.status];
}

/** Why it cannot be read, who refuses it since when and why, who has not answered yet, and who is not waited for any more. */
export function detailsOf({ proxies, programmed, unread }: ObjectReport, paint: Paint): readonly string[] {
  return [
    ...(unread === undefined ? [] : [`    ${paint.bad('stands in')} for what is written: ${unread}`]),
    ...proxies.refusing.map(
      ({ proxy, resource, reason, since }) =>
        `    ${paint.bad('refused')} by ${proxy} since ${since}: ${reason} ${paint.dim(`(${resource})`)}`,
    ),
    ...listLine('waiting for', proxies.waiting, paint),
    ...(programmed?.unheard ?? []).map(words => `    ${paint.warning('not known')}: ${words}`),
    ...listLine('gone without it', programmed?.gone ?? [], paint),
  ];
}

function listLine(what: string, names: readonly string[], paint: Paint): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return [`    ${paint.warning(what)} ${names.slice(0, MAX_NAMES).join(', ')}${more}`];
}
