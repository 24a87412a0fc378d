// SPDX-License-Identifier: Apache-2.0
import type { Listener, Snapshot, StreamRule, WeightedStreamBackend } from '@weir/policy/snapshot';
import { entryFromStreamRule, StreamTable } from '@weir/routing';
import type { Answer } from '../explanation.ts';
import { backendTexts } from '../text/describe-backends.ts';
import { backendTlsProblem } from './backend-tls.ts';

/** What becomes of a connection to a TLS listener, found with the engine's own table: it is routed by server name, and not by what is in it. */
export function answerOfConnection(snapshot: Snapshot, listener: Listener, serverName: string): Answer {
  const rules = [...snapshot.resources.values()].filter(resource => resource.kind === 'streamRule');
  const entries = rules.flatMap(rule => entryFromStreamRule(rule, listener.name, rule) ?? []);
  const found = new StreamTable<StreamRule>(entries).find(serverName);
  const does = listener.tls?.mode === 'passthrough' ? 'passes TLS through' : 'ends TLS and carries what is in it';
  if (found === undefined) {
    const detail = `listener ${listener.name} ${does}, and no TLSRoute there covers ${serverName || 'a connection without server name'}: the connection is closed`;
    return { kind: 'unreachable', detail };
  }
  const { routeKind, route, rule, backends } = found.target;
  const by = `by ${routeKind} ${route} rule ${rule}`;
  const weighted = backends.filter(({ weight }) => weight > 0);
  const broken = weighted.flatMap(one => tlsProblemOf(snapshot, one, listener) ?? []);
  const closed = broken.length === 0 ? '' : `; closed is what goes to ${broken.join(', and ')}`;
  const whole = `listener ${listener.name} ${does}: the connection goes whole to ${backendTexts(backends).join(', ')}, ${by}`;
  const isCarried = weighted.some(one => one.backend !== undefined && tlsProblemOf(snapshot, one, listener) === undefined);
  return { kind: isCarried ? 'carried' : 'unreachable', detail: whole + closed };
}

function tlsProblemOf(snapshot: Snapshot, { backend, label }: WeightedStreamBackend, listener: Listener): string | undefined {
  const resource = backend === undefined ? undefined : snapshot.resources.get(backend);
  const problem = resource?.kind === 'backend' ? backendTlsProblem(snapshot, resource, listener) : undefined;
  return problem === undefined ? undefined : `${label}, as ${problem}`;
}
