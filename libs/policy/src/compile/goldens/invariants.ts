// SPDX-License-Identifier: Apache-2.0
import { regexFault } from '../../resolve/route/resolve-matches.ts';
import { attachedListenersOf, listenersOf, referencesOf } from '../../snapshot/index.ts';
import type { Snapshot } from '../../snapshot/index.ts';

/** Names that resources refer to and that are not in the snapshot; none, ever. */
export function danglingReferences({ resources }: Snapshot): readonly string[] {
  const all = [...resources.values()];
  const listeners = new Set(all.flatMap(listenersOf));
  return all.flatMap(resource => [
    // What stands at the receiver alone is never sent (InboundService.listener).
    ...referencesOf(resource).filter(name => !resources.has(name) && !name.startsWith('local/')),
    ...attachedListenersOf(resource).filter(name => !listeners.has(name)),
  ]);
}

/** Expressions that a proxy could not compile, and would refuse the whole snapshot for; none, ever. */
export function brokenExpressions({ resources }: Snapshot): readonly string[] {
  const rules = [...resources.values()].filter(resource => resource.kind === 'routeRule');
  return rules
    .flatMap(({ matches }) => matches.flatMap(({ path, headers, query }) => [path, ...headers, ...query]))
    .filter(({ kind, value }) => kind === 'regex' && regexFault(value) !== undefined)
    .map(({ value }) => value);
}

/** Whether a value and all in it is frozen. */
export function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}
