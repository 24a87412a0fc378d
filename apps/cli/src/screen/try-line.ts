// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from 'node:net';
import { HeaderList } from '@weir/base';
import { explain } from '@weir/explain';
import type { Attachment, Listener, Port, Resource, RouteMatch, RouteRule, Snapshot } from '@weir/policy/snapshot';

/** A request that somebody could send. */
interface Attempt {
  readonly port: Port;
  readonly host: string | undefined;
  readonly match: RouteMatch;
}

/** No more rules than this are tried: the screen must come at once. */
const MAX_RULES = 200;

/**
 * A curl command that reaches a backend, found by making requests from the rules and asking explain what would become of each.
 * Undefined where none would.
 */
export function tryLine(snapshot: Snapshot, isOpen: (port: Port) => boolean): string | undefined {
  const ports = [...snapshot.resources.values()].filter(resource => resource.kind === 'port').filter(isOpen);
  const rules = [...snapshot.resources.values()].filter(isHttpRule).slice(0, MAX_RULES);
  const attempts = rules.flatMap(rule => ports.flatMap(port => attemptsOf(rule, port)));
  attempts.sort((left, right) => effortOf(left) - effortOf(right));
  const found = attempts.find(attempt => works(attempt, snapshot));
  return found === undefined ? undefined : commandOf(found);
}

/** Nobody writes gRPC by hand. */
function isHttpRule(resource: Resource): resource is RouteRule {
  return resource.kind === 'routeRule' && resource.routeKind === 'HTTPRoute';
}

function attemptsOf(rule: RouteRule, port: Port): readonly Attempt[] {
  return rule.attachments.flatMap(attachment => {
    const listener = port.listeners.find(({ name }) => name === attachment.listener);
    if (listener === undefined || listener.tls?.clientValidation?.mode === 'require') return [];
    const host = hostOf(attachment, listener);
    return rule.matches.filter(isPlain).map(match => ({ port, host, match }));
  });
}

/** Patterns match what a person would have to make up. */
function isPlain({ path, headers, query }: RouteMatch): boolean {
  return path.kind !== 'regex' && [...headers, ...query].every(({ kind }) => kind === 'exact');
}

/** A name that both the route and its listener cover; undefined = any will do. */
function hostOf({ hostnames }: Attachment, listener: Listener): string | undefined {
  const own = hostnames.find(name => name !== '*' && !name.startsWith('*.')) ?? hostnames[0];
  const pattern = own === undefined || own === '*' ? listener.hostname : own;
  return pattern === '*' ? undefined : pattern.replace(/^\*\./, 'www.');
}

/** The shorter command comes first. */
function effortOf({ port, host, match }: Attempt): number {
  const { path, headers, query, method } = match;
  const words = headers.length + query.length + Number(method !== undefined && method !== 'GET') * 2;
  return words * 4 + Number(port.protocol === 'TLS') * 2 + Number(host !== undefined) + path.value.length / 1000;
}

function works({ port, host, match }: Attempt, snapshot: Snapshot): boolean {
  const headers = HeaderList.of(...match.headers.map(({ name, value }) => [name, value] as const));
  if (host !== undefined) headers.append('host', host);
  const url = urlOf({ port, host, match });
  const explanation = explain(snapshot, { method: match.method ?? 'GET', url, headers, serverName: host });
  if (explanation.answer.kind !== 'forwarded') return false;
  return explanation.shares.every(({ weight, answer }) => weight === 0 || answer.kind === 'forwarded');
}

function commandOf(attempt: Attempt): string {
  const { port, host, match } = attempt;
  const words = ['curl'];
  const isTls = port.protocol === 'TLS';
  // Test certificates are rarely signed by anybody whom curl knows.
  if (isTls) words.push('-k');
  if (match.method !== undefined && match.method !== 'GET') words.push('-X', match.method);
  if (host !== undefined && isTls) words.push('--resolve', `${host}:${port.port}:${reachable(port.address)}`);
  if (host !== undefined && !isTls) words.push('-H', quote(`Host: ${host}`));
  for (const { name, value } of match.headers) words.push('-H', quote(`${name}: ${value}`));
  words.push(quote(urlOf(attempt)));
  return words.join(' ');
}

function urlOf({ port, host, match }: Attempt): string {
  const address = reachable(port.address);
  const isTls = port.protocol === 'TLS';
  const literal = isIPv6(address) ? `[${address}]` : address;
  const name = isTls ? (host ?? literal) : literal;
  const query = match.query.map(({ name: key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&');
  return `${isTls ? 'https' : 'http'}://${name}:${port.port}${match.path.value}${query === '' ? '' : `?${query}`}`;
}

/** An address that one can connect to. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
