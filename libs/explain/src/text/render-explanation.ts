// SPDX-License-Identifier: Apache-2.0
import type {
  Answer,
  BackendShare,
  ExplainedCall,
  ExplainedMesh,
  ExplainedPolicy,
  ExplainedReceiver,
  ExplainedRule,
  ExplainedStreamRule,
  Explanation,
  Miss,
} from '../explanation.ts';
import { describeBackendTls, describeBalance, describeZonePreference } from './describe-backends.ts';
import { createPaint } from './paint.ts';
import type { Mark, Paint } from './paint.ts';
import { printable } from './printable.ts';
import { TEXT_COLUMNS, wrapText } from './wrap-text.ts';

const LABEL_COLUMNS = 12;
/** Behind the percentage of a backend. */
const INSET_COLUMNS = 6;
const MARGIN = '  ';

/** An explanation for a terminal of 80 columns, without a final line break. */
export function renderExplanation(explanation: Explanation, options: { readonly isColour: boolean }): string {
  const paint = createPaint(options);
  const { method, url, answer, shares, nearest } = explanation;
  const [first] = shares;
  const hasSameCalls = shares.every(({ calls }) => JSON.stringify(calls) === JSON.stringify(first?.calls));
  const calls = hasSameCalls ? (first?.calls ?? []) : [];
  const lines = [
    ...wrapText(`${printable(method)} ${printable(url)}`.trimStart(), TEXT_COLUMNS).map(paint.bold),
    ...wrapText(`→ ${answerText(answer)}`, TEXT_COLUMNS - MARGIN.length).map(line => MARGIN + answerPaint(answer, paint)(line)),
    ...section([
      ...meshLines(explanation.mesh, paint),
      ...pathLines(explanation, paint),
      ...calls.flatMap((call, i) => field(i === 0 ? 'Calls' : '', callText(call), paint)),
    ]),
    ...section(shares.flatMap((share, i) => shareLines(share, i === 0, { paint, answer, hasSameCalls }))),
    ...section(missLines(nearest, explanation.rule !== undefined, paint)),
    ...(explanation.mesh?.receivers ?? []).flatMap(receiver => section(receiverLines(receiver, paint))),
  ];
  return lines.join('\n');
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function meshLines(mesh: ExplainedMesh | undefined, paint: Paint): string[] {
  if (mesh === undefined) return [];
  const { caller, service, mode, routes } = mesh;
  return [
    ...field('Caller', `${caller}, whose sidecar does what follows`, paint),
    ...field('Service', `${service}, ${mode}`, paint),
    ...field('Routes', routes, paint),
  ];
}

/** What the sidecar of who is called makes of the request. */
function receiverLines({ label, bareCount, findings }: ExplainedReceiver, paint: Paint): string[] {
  const title = wrapText(`At the receiver, ${label}`, TEXT_COLUMNS - MARGIN.length).map(line => MARGIN + paint.bold(line));
  const bare =
    bareCount === 0 ? [] : field('', `endpoints without sidecar, where nothing is asked of anybody: ${bareCount}`, paint);
  if (findings === undefined) return [...title, ...bare];
  const { answer, listener, rule } = findings;
  const nothing = { method: '', url: '', target: undefined, port: undefined, shares: [], nearest: [] };
  return [
    ...title,
    ...wrapText(`→ ${answerText(answer)}`, TEXT_COLUMNS - MARGIN.length).map(line => MARGIN + answerPaint(answer, paint)(line)),
    ...pathLines({ ...nothing, answer, listener, rule }, paint),
    ...bare,
  ];
}

/** The way through the configuration, up to the backends. */
function pathLines({ url, target, port, listener, rule }: Explanation, paint: Paint): string[] {
  const lines: string[] = [];
  const readAs = target && `${target.host}${targetText(target)}`;
  if (readAs !== undefined && readAs !== withoutOrigin(url)) lines.push(...field('Read as', readAs, paint));
  if (port !== undefined) lines.push(...field('Port', `${port.address} port ${port.port}, ${port.protocol}`, paint));
  if (listener !== undefined) {
    const certificates = listener.clientCertificates === undefined ? '' : `, client certificates: ${listener.clientCertificates}`;
    lines.push(...field('Listener', `${listener.name}, hostname ${listener.hostname}${certificates}`, paint));
  }
  if (rule === undefined) return lines;
  const text = isOfNoRoute(rule)
    ? 'none of a route: all that comes goes on'
    : `${rule.routeKind} ${rule.route} rule ${rule.rule}, hostname ${rule.hostname}`;
  return [...lines, ...field('Rule', text, paint), ...(isOfRequests(rule) ? ruleLines(rule, paint) : policyLines(rule, paint))];
}

/** Where no route says anything, a Service of the mesh has a rule of its own for all that is called, or comes. */
function isOfNoRoute({ resource }: ExplainedRule | ExplainedStreamRule): boolean {
  return /^(?:mesh|inbound)-rule\/[^/]+\/[^/]+\/[0-9]+$/.test(resource);
}

function isOfRequests(rule: ExplainedRule | ExplainedStreamRule): rule is ExplainedRule {
  return 'match' in rule;
}

function ruleLines(rule: ExplainedRule, paint: Paint): string[] {
  return [
    ...field('Match', rule.match, paint),
    ...policyLines(rule, paint),
    ...rule.filters.flatMap((filter, i) => field(i === 0 ? 'Filters' : '', `${i + 1}. ${filter}`, paint)),
  ];
}

function policyLines({ policies }: Pick<ExplainedRule, 'policies'>, paint: Paint): string[] {
  return policies.flatMap((policy, i) => [
    ...field(i === 0 ? 'Policies' : '', policyTitle(policy), paint),
    ...policy.says.flatMap(inset),
  ]);
}

function callText({ field: name, value, from }: ExplainedCall): string {
  return `${name}: ${value} (${from})`;
}

function policyTitle({ kind, name, scope, isShadow }: ExplainedPolicy): string {
  return `${kind} ${name}, on ${scope}${isShadow ? ', looking on only (Shadow)' : ''}`;
}

interface ShareContext {
  readonly paint: Paint;
  /** What the whole rule answers: a share only says what is different. */
  readonly answer: Answer;
  /** All backends are called the same way, which the rule says. */
  readonly hasSameCalls: boolean;
}

function shareLines(share: BackendShare, isFirst: boolean, { paint, answer, hasSameCalls }: ShareContext): string[] {
  const balance = share.balance === undefined ? '' : `, ${describeBalance(share.balance)}`;
  const endpoints =
    share.endpoints.length === 0 ? [] : [`${share.endpoints.join(', ')}${share.endpoints.length > 1 ? balance : ''}`];
  const own = share.answer;
  const outcome = answerText(own) === answerText(answer) ? [] : [`→ ${answerText(own)}`];
  const inside = [
    ...share.policies.flatMap(policy => [policyTitle(policy), ...policy.says.map(text => `- ${text}`)]),
    ...share.filters.map((filter, i) => `${i + 1}. ${filter}`),
    ...endpoints,
    ...(share.zonePreference === undefined ? [] : [describeZonePreference(share.zonePreference)]),
    ...(share.tls === undefined ? [] : [describeBackendTls(share.tls)]),
    ...(hasSameCalls ? [] : share.calls.map(callText)),
  ];
  return [
    ...field(isFirst ? 'Backends' : '', `${percentText(share.percent)} ${share.label}`, paint),
    ...inside.flatMap(inset),
    ...outcome.flatMap(inset).map(answerPaint(own, paint)),
  ];
}

function missLines(nearest: readonly Miss[], hasRule: boolean, paint: Paint): string[] {
  if (nearest.length === 0) return [];
  const title = hasRule ? 'The nearest others' : 'The nearest that do not match';
  return [
    MARGIN + paint.dim(title),
    ...nearest.flatMap(({ routeKind, route, rule, reasons }) => {
      const text = printable(`${routeKind} ${route} rule ${rule}: ${reasons.join('; ')}`);
      return wrapText(text, TEXT_COLUMNS - 6).map((line, i) => `${MARGIN}${i === 0 ? '- ' : '  '}${line}`);
    }),
  ];
}

/** A label and its text with a hanging indent. */
function field(label: string, text: string, paint: Paint): string[] {
  return wrapText(printable(text), TEXT_COLUMNS - MARGIN.length - LABEL_COLUMNS).map(
    (line, i) => `${MARGIN}${paint.dim((i === 0 ? label : '').padEnd(LABEL_COLUMNS))}${line}`,
  );
}

/** Text that belongs to the field above it. */
function inset(text: string): string[] {
  const lead = ' '.repeat(MARGIN.length + LABEL_COLUMNS + INSET_COLUMNS);
  return wrapText(printable(text), TEXT_COLUMNS - lead.length).map(line => lead + line);
}

function answerText(answer: Answer): string {
  switch (answer.kind) {
    case 'forwarded':
      return printable(`forwarded as ${answer.method} ${answer.host}${targetText(answer)}`);
    case 'replied':
      return printable(
        `answered here with ${answer.status}${answer.location === undefined ? '' : `, location ${answer.location}`}`,
      );
    case 'refused':
      return printable(`answered with ${answer.status} (${answer.code}): ${answer.detail}`);
    case 'undecided':
      return printable(`not decided here: ${answer.detail}`);
    case 'carried':
    case 'unreachable':
      return printable(answer.detail);
  }
}

function answerPaint({ kind }: Answer, paint: Paint): Mark {
  if (kind === 'forwarded' || kind === 'carried') return paint.good;
  return kind === 'replied' || kind === 'undecided' ? paint.warn : paint.bad;
}

function targetText({ path, query }: { readonly path: string; readonly query: string | undefined }): string {
  return query === undefined ? path : `${path}?${query}`;
}

/** A URL without scheme and port: what is written of host and target. */
function withoutOrigin(url: string): string {
  return url.replace(/^https?:\/\//i, '').replace(/^([^/?]*):\d+(?=[/?]|$)/, '$1');
}

function percentText(percent: number): string {
  return `${Number(percent.toFixed(1))} %`.padStart(5);
}
