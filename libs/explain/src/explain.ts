// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { FaultCode } from '@weir/base';
import type { Listener, Port, PortProtocol, RouteRule, Snapshot } from '@weir/policy/snapshot';
import { admitRequest, hasOneTlsKind, selectListener, tableForListener } from '@weir/routing';
import type { Found } from '@weir/routing';
import { accessStoreOf, explainedPolicies } from './answer/access-policies.ts';
import { refused } from './answer/run-filters.ts';
import { answerOfConnection } from './answer/carry-connection.ts';
import { answerOfRule } from './answer/share-requests.ts';
import type { Answer, ExplainedListener, ExplainedRule, Explanation, ExplainRequest } from './explanation.ts';
import { bestHostname, nearestMisses } from './nearest/nearest-misses.ts';
import type { Placed } from './nearest/precedence.ts';
import { choosePort, portsOf } from './request/choose-port.ts';
import { readRequest } from './request/read-request.ts';
import type { ReadRequest } from './request/read-request.ts';
import { describeFilters } from './text/describe-filter.ts';
import { describeMatch } from './text/describe-match.ts';
import { describeRetry } from './text/describe-retry.ts';

/**
 * What would become of a request under a snapshot, found with the engine's own listener selection, match tables and filters.
 * Never throws for what a request may contain. It stays at configuration: an endpoint may still be down, slow or ejected.
 */
export function explain(snapshot: Snapshot, request: ExplainRequest): Explanation {
  let read: ReadRequest;
  try {
    read = readRequest(request);
  } catch (reason) {
    return explanationOf(request, undefined, { answer: refused(Fault.from(reason)) });
  }
  const port = choosePort(snapshot, read);
  if (port === undefined) return explanationOf(request, read, { answer: unreachable(noPortDetail(snapshot, read.port)) });
  const { address, protocol } = port;
  const at = { port: { address, port: port.port, protocol } };
  const wrongProtocol = protocolDetail(port, read);
  if (wrongProtocol !== undefined) return explanationOf(request, read, { ...at, answer: unreachable(wrongProtocol) });
  const connectionListener = listenerOfConnection(port, read);
  if (connectionListener?.protocol === 'TLS') {
    const client = { serverName: read.serverName ?? '', address: read.clientAddress };
    const answer = answerOfConnection(snapshot, connectionListener, client);
    return explanationOf(request, read, { ...at, listener: explainedListener(connectionListener), answer });
  }
  const bound = read.serverName === undefined ? undefined : connectionListener;
  const admission = admitRequest(port, read.head.host, bound);
  if (admission.fault === undefined) {
    return explanationOf(request, read, { ...at, ...explainAtListener(snapshot, read, admission.listener) });
  }
  return explanationOf(request, read, { ...at, answer: refusedAtPort(admission.fault, port, read) });
}

/** Whose the connection is, as far as TLS tells; one without a server name belongs to who takes all names. */
function listenerOfConnection(port: Port, { serverName = '' }: ReadRequest): Listener | undefined {
  return port.protocol === 'TLS' ? selectListener(port, serverName) : undefined;
}

type Findings = Pick<Explanation, 'answer'> & Partial<Pick<Explanation, 'port' | 'listener' | 'rule' | 'shares' | 'nearest'>>;

function explanationOf({ method, url }: ExplainRequest, read: ReadRequest | undefined, findings: Findings): Explanation {
  const target = read && { host: read.head.host, path: read.head.path, query: read.head.query };
  const nothing = { port: undefined, listener: undefined, rule: undefined, shares: [], nearest: [] };
  return { method, url, target, ...nothing, ...findings };
}

function explainAtListener(snapshot: Snapshot, { head, port, clientAddress }: ReadRequest, listener: Listener): Findings {
  const rules = [...snapshot.resources.values()].filter(resource => resource.kind === 'routeRule');
  const found = tableForListener(rules, listener.name, rule => rule).find(head);
  const winner = found && placedOf(found, head.host);
  const nearest = nearestMisses({ rules, listener: listener.name, head, winner });
  const at = { listener: explainedListener(listener), nearest };
  if (found === undefined || winner === undefined) {
    return { ...at, answer: refused(new Fault('route_not_found', `no rule on ${listener.name} matches`)) };
  }
  const { matchedPrefix } = found;
  const passage = { head, localPort: port, matchedPrefix, clientAddress, access: accessStoreOf(snapshot) };
  const rule = explainedRule(snapshot, { listener: listener.name, rule: found.target }, winner);
  return { ...at, rule, ...answerOfRule({ snapshot, listener }, found.target, passage) };
}

function placedOf({ target, entry, matchIndex }: Found<RouteRule>, host: string): Placed {
  return { hostname: bestHostname(entry.hostnames, host) ?? '*', match: entry.matches[matchIndex]!, matchIndex, rule: target };
}

function explainedListener({ name, hostname, tls }: Listener): ExplainedListener {
  return { name, hostname, clientCertificates: tls?.clientValidation?.mode };
}

function explainedRule(
  snapshot: Snapshot,
  { listener, rule: { name, routeKind, route, rule, action, attachments } }: { listener: string; rule: RouteRule },
  { hostname, match, matchIndex }: Placed,
): ExplainedRule {
  return {
    resource: name,
    routeKind,
    route,
    rule,
    hostname,
    matchIndex,
    match: describeMatch(match),
    policies: explainedPolicies(
      snapshot,
      attachments.filter(attachment => attachment.listener === listener).map(({ access }) => access),
    ),
    filters: describeFilters(action.filters),
    requestTimeoutMs: action.requestTimeoutMs,
    attemptTimeoutMs: action.attemptTimeoutMs,
    retry: action.retry && describeRetry(action.retry),
  };
}

function unreachable(detail: string): Answer {
  return { kind: 'unreachable', detail };
}

function noPortDetail(snapshot: Snapshot, port: number): string {
  const ports = portsOf(snapshot).map(one => one.port);
  return `nothing listens on port ${port}; ${ports.length === 0 ? 'there is no listener at all' : `ports: ${ports.join(', ')}`}`;
}

const SCHEMES: Readonly<Record<PortProtocol, 'http' | 'https' | undefined>> = {
  HTTP: 'http',
  TLS: 'https',
  TCP: undefined,
  UDP: undefined,
};

function protocolDetail(port: Port, { head, serverName, urlHost }: ReadRequest): string | undefined {
  const scheme = SCHEMES[port.protocol];
  if (scheme === undefined) return `port ${port.port} speaks ${port.protocol}: connections are routed there, not requests`;
  if (scheme !== head.scheme) return `port ${port.port} speaks ${scheme.toUpperCase()}: write ${scheme}://`;
  if (port.protocol !== 'TLS' || selectListener(port, serverName ?? '') !== undefined) return undefined;
  if (serverName === undefined) return hasOneTlsKind(port) ? undefined : nameNeededDetail(port, urlHost);
  return `no listener on port ${port.port} has a certificate for ${serverName}: the TLS handshake fails`;
}

function nameNeededDetail({ port, listeners }: Port, address: string): string {
  const hostnames = listeners.map(({ hostname }) => hostname).join(', ');
  const reason = `clients send no server name for an address such as ${address}, and each listener on port ${port} has a hostname`;
  return `${reason} (${hostnames}): the TLS handshake fails`;
}

function refusedAtPort(code: FaultCode, port: Port, { head, serverName }: ReadRequest): Answer {
  const hostnames = port.listeners.map(({ hostname }) => hostname).join(', ');
  const detail =
    code === 'misdirected_request'
      ? `the connection is for ${serverName ?? ''}, the host ${head.host} belongs to another listener`
      : `no listener on port ${port.port} covers ${head.host || 'an empty host'}; hostnames: ${hostnames}`;
  return refused(new Fault(code, detail));
}
