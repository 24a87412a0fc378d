// SPDX-License-Identifier: Apache-2.0
import { fails } from '../condition/finding.ts';
import { hostnamesOverlap } from '../hostname/intersect-hostnames.ts';
import type { ListenerDraft } from './listener-draft.ts';

/**
 * Finds listeners of one Gateway that cannot be told apart. All of them are refused and none is preferred (Gateway API,
 * GatewaySpec.listeners, "Handling indistinct Listeners"). Protocols that Weir does not serve take no part.
 */
export function resolveConflicts(drafts: readonly ListenerDraft[]): readonly ListenerDraft[] {
  return drafts.map(draft => {
    if (draft.protocol === undefined) return draft;
    const neighbours = drafts.filter(other => other !== draft && other.port === draft.port && other.protocol !== undefined);
    const conflict = protocolConflict(draft, neighbours) ?? hostnameConflict(draft, neighbours);
    if (conflict !== undefined) return { ...draft, obstacle: conflict };
    return { ...draft, overlaps: overlapsOf(draft, neighbours) };
  });
}

function protocolConflict(draft: ListenerDraft, neighbours: readonly ListenerDraft[]): ListenerDraft['obstacle'] {
  const rivals = neighbours.filter(other => other.protocol !== draft.protocol);
  if (rivals.length === 0) return undefined;
  const message = `port ${draft.port} is ${draft.protocol} here and ${rivals[0]!.protocol} in ${list(rivals)}; give one of them another port`;
  return fails('ProtocolConflict', message);
}

function hostnameConflict(draft: ListenerDraft, neighbours: readonly ListenerDraft[]): ListenerDraft['obstacle'] {
  const rivals = neighbours.filter(other => other.hostname === draft.hostname);
  if (rivals.length === 0) return undefined;
  const hostname = draft.hostname === '*' ? 'no hostname' : `hostname ${draft.hostname}`;
  const message = `port ${draft.port} with ${hostname} is also what ${list(rivals)} has; give one of them another hostname or port`;
  return fails('HostnameConflict', message);
}

function overlapsOf(draft: ListenerDraft, neighbours: readonly ListenerDraft[]): readonly string[] {
  if (draft.protocol !== 'HTTPS') return [];
  return neighbours.filter(other => hostnamesOverlap(draft.hostname, other.hostname)).map(other => other.sectionName);
}

function list(drafts: readonly ListenerDraft[]): string {
  return `${drafts.length === 1 ? 'listener' : 'listeners'} ${drafts.map(draft => `\`${draft.sectionName}\``).join(', ')}`;
}
