// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { admitConnection } from '@weir/filters';
import type {
  Attachment,
  Backend,
  Listener,
  ResourceName,
  Snapshot,
  StreamRule,
  WeightedStreamBackend,
} from '@weir/policy/snapshot';
import { entryFromStreamRule, StreamTable } from '@weir/routing';
import type { Answer, BackendShare, ExplainedStreamRule } from '../explanation.ts';
import { bestHostname } from '../nearest/nearest-misses.ts';
import { accessStoreOf, explainedPolicies } from './access-policies.ts';
import { streamCalls } from './backend-calls.ts';
import { explainedSplit } from './explained-split.ts';
import { backendTlsProblem } from './backend-tls.ts';
import { backendOf, shareOfBackend, totalWeightOf } from './explained-share.ts';

/** Where a connection arrived. */
export interface StreamScope {
  readonly snapshot: Snapshot;
  /** Of protocol TCP, TLS or UDP. */
  readonly listener: Listener;
  readonly clientAddress: string;
}

/** What becomes of a connection that is carried whole, or of a client's datagrams. */
export interface StreamAnswer {
  readonly rule: ExplainedStreamRule | undefined;
  readonly shares: readonly BackendShare[];
  readonly answer: Answer;
}

/**
 * Follows a connection through the rules of its listener, found with the engine's own table: by server name where there is TLS, and
 * never by what is in it. `serverName`: '' = none. A rule that carries any share counts as carrying.
 */
export function answerOfConnection(scope: StreamScope, serverName: string): StreamAnswer {
  const { snapshot, listener } = scope;
  const rules = [...snapshot.resources.values()].filter(resource => resource.kind === 'streamRule');
  const entries = rules.flatMap(rule => entryFromStreamRule(rule, listener.name, rule) ?? []);
  const found = new StreamTable<StreamRule>(entries).find(serverName);
  if (found === undefined) return { rule: undefined, shares: [], answer: unserved(noRuleDetail(listener, serverName), listener) };
  const { backends, name, routeKind, route, rule, attachments } = found.target;
  const attachment = attachments.find(one => one.listener === listener.name);
  const access = attachment?.access;
  const hostname = bestHostname(found.hostnames, serverName) ?? '*';
  const shares = sharesOf(scope, attachment, backends);
  const policies = explainedPolicies(snapshot, [access]);
  return {
    rule: { resource: name, routeKind, route, rule, hostname, policies },
    shares,
    answer: answerOfShares(shares, listener),
  };
}

function sharesOf(
  scope: StreamScope,
  attachment: Attachment | undefined,
  backends: readonly WeightedStreamBackend[],
): readonly BackendShare[] {
  const totalWeight = totalWeightOf(backends);
  return backends.map((weighted, index): BackendShare => {
    const called = attachment?.traffic?.backends[index]?.backend;
    const backend = backendOf(scope.snapshot, { backend: called ?? weighted.backend });
    const problem = refusalOf(scope, [attachment?.access, weighted.access]) ?? problemOf(scope, weighted, backend);
    return {
      ...shareOfBackend(weighted, backend, totalWeight),
      tls: backend?.tls && carriesTls(scope.listener) ? { serverName: backend.tls.serverName, protocol: undefined } : undefined,
      filters: [],
      policies: explainedPolicies(scope.snapshot, [weighted.access]),
      calls: [...explainedSplit(backend, undefined), ...streamCalls(backend)],
      answer: problem === undefined ? carried(scope.listener) : unserved(problem, scope.listener),
    };
  });
}

function answerOfShares(shares: readonly BackendShare[], listener: Listener): Answer {
  const used = shares.filter(({ weight }) => weight > 0).map(({ answer }) => answer);
  return used.find(({ kind }) => kind === 'carried') ?? used[0] ?? unserved('the rule has no backend', listener);
}

/** What access policies say of the connection; undefined = they admit it. */
function refusalOf(
  { snapshot, listener, clientAddress }: StreamScope,
  chains: readonly (ResourceName | undefined)[],
): string | undefined {
  const store = accessStoreOf(snapshot, listener.name);
  try {
    for (const name of chains) if (name !== undefined) admitConnection(store.chain(name), clientAddress);
    return undefined;
  } catch (reason) {
    return Fault.from(reason).message;
  }
}

function problemOf(
  { snapshot, listener }: StreamScope,
  { label }: WeightedStreamBackend,
  backend: Backend | undefined,
): string | undefined {
  if (backend === undefined) return `backend ${label} cannot be used`;
  if (backend.endpoints.length === 0) return `${label} has no ready endpoints`;
  const problem = carriesTls(listener) ? backendTlsProblem(snapshot, backend, listener) : undefined;
  return problem === undefined ? undefined : `no TLS with ${label}: ${problem}`;
}

/** Policies for TLS with backends say nothing of datagrams. */
function carriesTls({ protocol }: Listener): boolean {
  return protocol !== 'UDP';
}

function carried({ name, protocol, tls }: Listener): Answer {
  if (protocol === 'UDP') return { kind: 'carried', detail: `carried: all datagrams of a client go to one endpoint` };
  const does = tls?.mode === 'terminate' ? 'ends TLS and carries what is in it' : 'passes TLS through';
  return { kind: 'carried', detail: `the connection is carried whole${protocol === 'TLS' ? `: listener ${name} ${does}` : ''}` };
}

function noRuleDetail({ name, protocol, tls }: Listener, serverName: string): string {
  if (protocol !== 'TLS') return `no ${protocol}Route is attached to listener ${name}`;
  const does = tls?.mode === 'passthrough' ? 'passes TLS through' : 'ends TLS and carries what is in it';
  return `listener ${name} ${does}, and no TLSRoute there covers ${serverName || 'a connection without server name'}`;
}

function unserved(reason: string, { protocol }: Listener): Answer {
  const ending = protocol === 'UDP' ? 'datagrams are dropped' : 'the connection is reset';
  return { kind: 'unreachable', detail: `${reason}: ${ending}` };
}
