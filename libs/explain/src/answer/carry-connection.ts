// SPDX-License-Identifier: Apache-2.0
import type { Listener, Snapshot, StreamRule } from '@weir/policy/snapshot';
import { entryFromStreamRule, StreamTable } from '@weir/routing';
import type { Answer } from '../explanation.ts';
import { backendTexts } from '../text/describe-backends.ts';

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
  const detail =
    `listener ${listener.name} ${does}: the connection goes whole to ${backendTexts(backends).join(', ')}, ` +
    `by ${routeKind} ${route} rule ${rule}`;
  return { kind: backends.some(isUsable) ? 'carried' : 'unreachable', detail };
}

function isUsable({ backend, weight }: StreamRule['backends'][number]): boolean {
  return backend !== undefined && weight > 0;
}
