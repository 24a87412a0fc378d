// SPDX-License-Identifier: Apache-2.0
import { problemWords } from '@weir/base';
import type { Problem } from '@weir/base';
import { placeFromKey, WATCHED_RESOURCES } from '@weir/kubernetes';
import type { GatewayHindrance, GatewayPlan, ObjectEvent } from '@weir/kubernetes';
import type { Document } from '@weir/policy/documents';
import type { NewsType, RolloutNews } from '@weir/rollouts';

/** What a Gateway needs cannot be made. */
export function notProvisioned({ namespace, name }: GatewayPlan, { message }: GatewayHindrance): ObjectEvent {
  const resource = WATCHED_RESOURCES.find(({ kind }) => kind === 'Gateway')!;
  return { about: { resource, namespace, name }, reason: 'NotProvisioned', action: 'Provision', note: message };
}

/**
 * An object cannot be read, and what that comes to; `documents`: those in force. Undefined where the problem is not about an object.
 */
export function notRead(problem: Problem, documents: Pick<ReadonlyMap<string, Document>, 'get'>): ObjectEvent | undefined {
  const [kind = '', name = ''] = problem.object?.split(' ') ?? [];
  const about = placeFromKey(`${kind}/${name.includes('/') ? name : `/${name}`}`, WATCHED_RESOURCES);
  if (about === undefined) return undefined;
  const consequence = consequenceFor(documents.get(`${kind}/${about.namespace}/${about.name}`));
  return { about, reason: 'NotRead', action: 'Read', note: `${problemWords(problem)}; ${consequence}` };
}

/** What somebody should look at. */
const WARNINGS: ReadonlySet<NewsType> = new Set<NewsType>([
  'Aborted',
  'AnalysisFailed',
  'FuseBlown',
  'GateRefused',
  'RolledBack',
]);

/** A Rollout, `namespace/name`, has taken a turn. */
export function rolloutTurn(rollout: string, { id, type, words, by }: RolloutNews): ObjectEvent | undefined {
  const about = placeFromKey(`Rollout/${rollout}`);
  if (about === undefined) return undefined;
  const note = by === 'weir' ? words : `${words} (by ${by})`;
  return { about, id, type: WARNINGS.has(type) ? 'Warning' : 'Normal', reason: type, action: 'Rollout', note };
}

function consequenceFor(inForce: Document | undefined): string {
  if (inForce === undefined) return 'nothing of it is in force';
  if (inForce.unread === undefined) return 'what it said before stays in force';
  return 'what it guards is refused, as nothing is known of what it said before';
}
