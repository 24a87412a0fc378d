// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Listener, ResourceName, Snapshot, StreamRule, WeightedStreamBackend } from '@weir/policy/snapshot';
import { entryFromStreamRule, StreamTable } from '@weir/routing';
import type { Answer } from '../explanation.ts';
import { backendTexts } from '../text/describe-backends.ts';
import { accessStoreOf } from './access-policies.ts';
import { backendTlsProblem } from './backend-tls.ts';

/** Who connects. */
export interface ConnectionClient {
  /** Of the TLS handshake; '' = none. */
  readonly serverName: string;
  readonly address: string;
}

/** What becomes of a connection to a TLS listener, found with the engine's own table: it is routed by server name, and not by what is in it. */
export function answerOfConnection(snapshot: Snapshot, listener: Listener, client: ConnectionClient): Answer {
  const { serverName, address } = client;
  const rules = [...snapshot.resources.values()].filter(resource => resource.kind === 'streamRule');
  const entries = rules.flatMap(rule => entryFromStreamRule(rule, listener.name, rule) ?? []);
  const found = new StreamTable<StreamRule>(entries).find(serverName);
  const does = listener.tls?.mode === 'passthrough' ? 'passes TLS through' : 'ends TLS and carries what is in it';
  if (found === undefined) {
    const detail = `listener ${listener.name} ${does}, and no TLSRoute there covers ${serverName || 'a connection without server name'}: the connection is closed`;
    return { kind: 'unreachable', detail };
  }
  const { routeKind, route, rule, backends, attachments } = found.target;
  const by = `by ${routeKind} ${route} rule ${rule}`;
  const chain = attachments.find(attachment => attachment.listener === listener.name)?.access;
  const refusal = refusalOf(snapshot, chain, address);
  if (refusal !== undefined) {
    return { kind: 'unreachable', detail: `listener ${listener.name} ${does}, and ${by} it is closed: ${refusal}` };
  }
  const weighted = backends.filter(({ weight }) => weight > 0);
  const problemOf = (one: WeightedStreamBackend): string | undefined =>
    tlsProblemOf(snapshot, one, listener) ?? labelled(one, refusalOf(snapshot, one.access, address));
  const broken = weighted.flatMap(one => problemOf(one) ?? []);
  const closed = broken.length === 0 ? '' : `; closed is what goes to ${broken.join(', and ')}`;
  const whole = `listener ${listener.name} ${does}: the connection goes whole to ${backendTexts(backends).join(', ')}, ${by}`;
  const isCarried = weighted.some(one => one.backend !== undefined && problemOf(one) === undefined);
  return { kind: isCarried ? 'carried' : 'unreachable', detail: whole + closed };
}

function tlsProblemOf(snapshot: Snapshot, { backend, label }: WeightedStreamBackend, listener: Listener): string | undefined {
  const resource = backend === undefined ? undefined : snapshot.resources.get(backend);
  const problem = resource?.kind === 'backend' ? backendTlsProblem(snapshot, resource, listener) : undefined;
  return labelled({ label }, problem);
}

function labelled({ label }: Pick<WeightedStreamBackend, 'label'>, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${label}, as ${problem}`;
}

/** Why access policies close a connection. */
function refusalOf(snapshot: Snapshot, chain: ResourceName | undefined, address: string): string | undefined {
  if (chain === undefined) return undefined;
  try {
    const { current } = accessStoreOf(snapshot).chain(chain);
    if (current === undefined) return `${chain} is not known`;
    current.admitConnection(address);
    return undefined;
  } catch (reason) {
    return Fault.from(reason).message;
  }
}
