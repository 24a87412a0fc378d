// SPDX-License-Identifier: Apache-2.0
import type { Port, Snapshot } from '@weir/policy/snapshot';

export function portsOf({ resources }: Pick<Snapshot, 'resources'>): readonly Port[] {
  return [...resources.values()].filter(resource => resource.kind === 'port');
}

/** How many rules of routes there are. */
export function countRules({ resources }: Pick<Snapshot, 'resources'>): number {
  let count = 0;
  for (const { kind } of resources.values()) if (kind === 'routeRule' || kind === 'streamRule') count += 1;
  return count;
}
