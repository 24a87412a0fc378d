// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { placeFromKey, WATCHED_RESOURCES } from '@weir/kubernetes';
import type { GatewayHindrance, GatewayPlan, ObjectEvent } from '@weir/kubernetes';
import { problemWords } from './problem-words.ts';

/** What a Gateway needs cannot be made. */
export function notProvisioned({ namespace, name }: GatewayPlan, { message }: GatewayHindrance): ObjectEvent {
  const resource = WATCHED_RESOURCES.find(({ kind }) => kind === 'Gateway')!;
  return { about: { resource, namespace, name }, reason: 'NotProvisioned', action: 'Provision', note: message };
}

/** An object cannot be read: what it said before stays in force. Undefined where the problem is not about an object. */
export function notRead(problem: Problem): ObjectEvent | undefined {
  const [kind = '', name = ''] = problem.object?.split(' ') ?? [];
  const about = placeFromKey(`${kind}/${name.includes('/') ? name : `/${name}`}`, WATCHED_RESOURCES);
  if (about === undefined) return undefined;
  return { about, reason: 'NotRead', action: 'Read', note: `${problemWords(problem)}; what it said before stays in force` };
}
