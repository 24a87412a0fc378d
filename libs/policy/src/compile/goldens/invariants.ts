// SPDX-License-Identifier: Apache-2.0
import { regexFault } from '../../resolve/route/resolve-matches.ts';
import { attachedListenersOf, listenersOf, referencesOf } from '../../snapshot/index.ts';
import type { Resource, ResourceName, Snapshot } from '../../snapshot/index.ts';

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

/** Kinds that have secrets, or hashes of them, in what is said in them or lead to such. */
const SECRET_KINDS: ReadonlySet<Resource['kind']> = new Set([
  'accessChain',
  'accessPolicy',
  'certificate',
  'consumers',
  'trafficLimits',
]);

/** Names with secrets that a Service leads its callers to; none, ever: every workload of the mesh may ask for every Service. */
export function secretsOfCallers({ resources }: Snapshot): readonly string[] {
  const all = [...resources.values()];
  const reached = new Set<ResourceName>(all.filter(({ kind }) => kind === 'meshService').map(({ name }) => name));
  for (const name of reached) {
    const resource = resources.get(name);
    if (resource === undefined) continue;
    const listeners = new Set(listenersOf(resource));
    const attached = all.filter(one => attachedListenersOf(one).some(listener => listeners.has(listener)));
    for (const next of [...referencesOf(resource), ...attached.map(one => one.name)]) reached.add(next);
  }
  return [...reached].filter(name => SECRET_KINDS.has(resources.get(name)?.kind ?? 'workload'));
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
