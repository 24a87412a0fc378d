// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { FaultCode } from '@weir/base';
import type { Listener, Port, RouteRule, Snapshot } from '@weir/policy/snapshot';
import { admitRequest, hasOneTlsKind, selectListener, tableForListener } from '@weir/routing';
import type { Found } from '@weir/routing';
import { accessStoreOf, explainedPolicies } from './answer/access-policies.ts';
import { explainedLimits, trafficStoreOf } from './answer/traffic-policies.ts';
import { refused } from './answer/run-filters.ts';
import { answerOfRule } from './answer/share-requests.ts';
import { explainConnection, explainConnectionAt } from './explain-connection.ts';
import { explainedListener, explainedPort, unreachable } from './explained-parts.ts';
import type { Answer, ExplainedRule, Explanation, ExplainRequest, Findings } from './explanation.ts';
import { explainInMesh } from './mesh/explain-in-mesh.ts';
import type { MeshSide } from './mesh/explain-in-mesh.ts';
import { bestHostname, nearestMisses } from './nearest/nearest-misses.ts';
import type { Placed } from './nearest/precedence.ts';
import { choosePort } from './request/choose-port.ts';
import { noListenerDetail, noPortDetail, wrongProtocolDetail } from './request/port-details.ts';
import { readRequest } from './request/read-request.ts';
import type { ReadRequest } from './request/read-request.ts';
import { isStreamUrl } from './request/stream-url.ts';
import { describeFilters } from './text/describe-filter.ts';
import { describeMatch } from './text/describe-match.ts';

/**
 * What would become of a request or connection under a snapshot, found with the engine's own listener selection, tables and
 * filters. Never throws for what one may contain. It stays at configuration: an endpoint may still be down, slow or ejected.
 */
export function explain(snapshot: Snapshot, request: ExplainRequest): Explanation {
  if (isStreamUrl(request.url)) {
    return explanationOf(request, undefined, explainConnection(snapshot, request));
  }
  let read: ReadRequest;
  try {
    read = readRequest(request);
  } catch (reason) {
    return explanationOf(request, undefined, { answer: refused(Fault.from(reason)) });
  }
  const { caller } = request;
  if (caller !== undefined) return explanationOf(request, read, explainInMesh(snapshot, { read, caller }, explainAtListener));
  const { port: number, urlHost, head } = read;
  const port = choosePort(snapshot, { port: number, urlHost, host: head.host, isDatagram: false });
  if (port === undefined) return explanationOf(request, read, { answer: unreachable(noPortDetail(snapshot, number)) });
  return explanationOf(request, read, { port: explainedPort(port), ...explainAtPort(snapshot, port, read) });
}

function explainAtPort(snapshot: Snapshot, port: Port, read: ReadRequest): Findings {
  const [only] = port.listeners;
  const { clientAddress } = read;
  // What a client says over TCP is its own affair.
  if (port.protocol === 'TCP' && only !== undefined) return explainConnectionAt({ snapshot, listener: only, clientAddress }, '');
  const wrongProtocol = protocolDetail(port, read);
  if (wrongProtocol !== undefined) return { answer: unreachable(wrongProtocol) };
  const connectionListener = listenerOfConnection(port, read);
  if (connectionListener?.protocol === 'TLS') {
    return explainConnectionAt({ snapshot, listener: connectionListener, clientAddress }, read.serverName ?? '');
  }
  const bound = read.serverName === undefined ? undefined : connectionListener;
  const admission = admitRequest(port, read.head.host, bound);
  if (admission.fault === undefined) return explainAtListener(snapshot, read, admission.listener);
  return { answer: refusedAtPort(admission.fault, port, read) };
}

/** Whose the connection is, as far as TLS tells; one without a server name belongs to who takes all names. */
function listenerOfConnection(port: Port, { serverName = '' }: ReadRequest): Listener | undefined {
  return port.protocol === 'TLS' ? selectListener(port, serverName) : undefined;
}

function explanationOf({ method, url }: ExplainRequest, read: ReadRequest | undefined, findings: Findings): Explanation {
  const target = read && { host: read.head.host, path: read.head.path, query: read.head.query };
  const nothing = { port: undefined, listener: undefined, rule: undefined, shares: [], nearest: [] };
  return { method, url, target, ...nothing, ...findings };
}

function explainAtListener(snapshot: Snapshot, read: ReadRequest & Partial<MeshSide>, listener: Listener): Findings {
  const { head, port, clientAddress, peerIdentity, servicePort } = read;
  const rules = [...snapshot.resources.values()].filter(resource => resource.kind === 'routeRule');
  const found = tableForListener(rules, listener.name, rule => rule).find(head);
  const winner = found && placedOf(found, head.host);
  const nearest = nearestMisses({ rules, listener: listener.name, head, winner });
  const at = { listener: explainedListener(listener), nearest };
  if (found === undefined || winner === undefined) {
    return { ...at, answer: refused(new Fault('route_not_found', `no rule on ${listener.name} matches`)) };
  }
  const { matchedPrefix } = found;
  const passage = {
    head,
    localPort: port,
    matchedPrefix,
    clientAddress,
    peerIdentity,
    servicePort,
    access: accessStoreOf(snapshot, listener.name),
    traffic: trafficStoreOf(snapshot),
  };
  const rule = explainedRule(snapshot, { listener: listener.name, rule: found.target }, winner);
  return { ...at, rule, ...answerOfRule({ snapshot, listener }, found.target, passage) };
}

function placedOf({ target, entry, matchIndex }: Found<RouteRule>, host: string): Placed {
  return { hostname: bestHostname(entry.hostnames, host) ?? '*', match: entry.matches[matchIndex]!, matchIndex, rule: target };
}

function explainedRule(
  snapshot: Snapshot,
  { listener, rule: { name, routeKind, route, rule, action, attachments } }: { listener: string; rule: RouteRule },
  { hostname, match, matchIndex }: Placed,
): ExplainedRule {
  const attachment = attachments.find(one => one.listener === listener);
  return {
    resource: name,
    routeKind,
    route,
    rule,
    hostname,
    matchIndex,
    match: describeMatch(match),
    policies: [...explainedPolicies(snapshot, [attachment?.access]), ...explainedLimits(snapshot, attachment?.traffic?.limits)],
    filters: describeFilters(action.filters),
  };
}

function protocolDetail(port: Port, { head, serverName, urlHost }: ReadRequest): string | undefined {
  const { protocol } = port;
  if (protocol === 'UDP') return wrongProtocolDetail(port);
  const scheme = protocol === 'TLS' ? 'https' : 'http';
  if (scheme !== head.scheme) return `port ${port.port} speaks ${scheme.toUpperCase()}: write ${scheme}://`;
  if (protocol !== 'TLS' || selectListener(port, serverName ?? '') !== undefined) return undefined;
  return serverName === undefined && hasOneTlsKind(port) ? undefined : noListenerDetail(port, serverName, urlHost);
}

function refusedAtPort(code: FaultCode, port: Port, { head, serverName }: ReadRequest): Answer {
  const hostnames = port.listeners.map(({ hostname }) => hostname).join(', ');
  const detail =
    code === 'misdirected_request'
      ? `the connection is for ${serverName ?? ''}, the host ${head.host} belongs to another listener`
      : `no listener on port ${port.port} covers ${head.host || 'an empty host'}; hostnames: ${hostnames}`;
  return refused(new Fault(code, detail));
}
