// SPDX-License-Identifier: Apache-2.0
import { fails } from '../condition/finding.ts';
import type { ConflictReason } from '../condition/findings.ts';
import { ANY_HOSTNAME, hostnamesOverlap } from '../hostname/intersect-hostnames.ts';
import { transportOf } from './listener-draft.ts';
import type { ListenerDraft, ServedProtocol } from './listener-draft.ts';

/** What the first bytes are to be read as: one port has room for one of these, and UDP has ports of its own. */
const FIRST_BYTES: Readonly<Record<ServedProtocol, 'HTTP' | 'TCP' | 'TLS' | 'UDP'>> = {
  HTTP: 'HTTP',
  HTTPS: 'TLS',
  TLS: 'TLS',
  TCP: 'TCP',
  UDP: 'UDP',
};

const CONFLICTS: ReadonlySet<string> = new Set<ConflictReason>(['HostnameConflict', 'ListenerConflict', 'ProtocolConflict']);

/** Whether a listener is refused over another one. */
export function isConflict({ reason }: NonNullable<ListenerDraft['obstacle']>): boolean {
  return isConflictReason(reason);
}

export function isConflictReason(reason: string): reason is ConflictReason {
  return CONFLICTS.has(reason);
}

/**
 * Finds listeners of one Gateway that cannot be told apart. All of them are refused and none is preferred (Gateway API,
 * GatewaySpec.listeners, "Handling indistinct Listeners"). Protocols that Weir does not serve take no part.
 */
export function resolveConflicts(drafts: readonly ListenerDraft[]): readonly ListenerDraft[] {
  return drafts.map(draft => {
    const neighbours = drafts.filter(other => other !== draft && sharesPort(draft, other));
    const conflict = findConflict(draft, neighbours);
    return conflict === undefined ? { ...draft, overlaps: overlapsOf(draft, neighbours) } : { ...draft, obstacle: conflict };
  });
}

/** Why a listener cannot stand beside others that came before it; undefined = it can. */
export function findConflict(draft: ListenerDraft, neighbours: readonly ListenerDraft[]): ListenerDraft['obstacle'] {
  const rivals = neighbours.filter(other => sharesPort(draft, other));
  return protocolConflict(draft, rivals) ?? hostnameConflict(draft, rivals);
}

function sharesPort(left: ListenerDraft, right: ListenerDraft): boolean {
  if (left.protocol === undefined || right.protocol === undefined) return false;
  return left.port === right.port && transportOf(left) === transportOf(right);
}

function protocolConflict(draft: ListenerDraft, neighbours: readonly ListenerDraft[]): ListenerDraft['obstacle'] {
  const rivals = neighbours.filter(other => firstBytesOf(other) !== firstBytesOf(draft));
  if (rivals.length === 0) return undefined;
  const message = `port ${draft.port} is ${draft.protocol} here and ${rivals[0]!.protocol} in ${list(rivals)}; give one of them another port`;
  return fails('ProtocolConflict', message);
}

function firstBytesOf({ protocol }: ListenerDraft): string | undefined {
  return protocol && FIRST_BYTES[protocol];
}

function hostnameConflict(draft: ListenerDraft, neighbours: readonly ListenerDraft[]): ListenerDraft['obstacle'] {
  const rivals = neighbours.filter(other => other.hostname === draft.hostname);
  if (rivals.length === 0) return undefined;
  if (draft.protocol === 'TCP' || draft.protocol === 'UDP') {
    const message = `${draft.protocol} port ${draft.port} is also what ${list(rivals)} has, and nothing tells their traffic apart; give one of them another port`;
    return fails('ListenerConflict', message);
  }
  const hostname = draft.hostname === ANY_HOSTNAME ? 'no hostname' : `hostname ${draft.hostname}`;
  const message = `port ${draft.port} with ${hostname} is also what ${list(rivals)} has; give one of them another hostname or port`;
  return fails('HostnameConflict', message);
}

/**
 * Clients that coalesce connections (RFC 9113 §9.1.1) may send requests for one name on a connection that was opened for another,
 * whether TLS ends here or behind a listener that passes it on.
 */
function overlapsOf(draft: ListenerDraft, neighbours: readonly ListenerDraft[]): readonly string[] {
  if (firstBytesOf(draft) !== 'TLS') return [];
  return neighbours.filter(other => hostnamesOverlap(draft.hostname, other.hostname)).map(other => other.sectionName);
}

function list(drafts: readonly ListenerDraft[]): string {
  return `${drafts.length === 1 ? 'listener' : 'listeners'} ${drafts.map(draft => `\`${draft.sectionName}\``).join(', ')}`;
}
