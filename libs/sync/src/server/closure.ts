// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import { parseRoot } from '../messages/root.ts';
import type { Root } from '../messages/root.ts';
import type { Catalog, Entry } from './catalog.ts';

/** What a root leads to. */
export interface Reached {
  /** Names of what does not exist are among them: when it comes, the root leads further. */
  readonly names: ReadonlySet<ResourceName>;
  /** There is nothing at the root itself. */
  readonly isMissing: boolean;
}

/**
 * Everything that `root` leads to. Rules come with all that they refer to, also for their other listeners: a rule is one resource, and
 * a proxy refuses what refers to nothing. They do not bring the resources that stand for those other listeners.
 */
export function reach(root: Root, catalog: Catalog): Reached {
  const { by, value } = parseRoot(root) ?? { by: 'name', value: root };
  switch (by) {
    case 'index':
      return { names: catalog.ofKind.get(value), isMissing: false };
    case 'all':
      return { names: closureOf(catalog.ofKind.get(value), catalog), isMissing: false };
    case 'address':
      return { names: new Set(catalog.workloadsAt.get(value)), isMissing: catalog.workloadsAt.get(value).size === 0 };
    case 'name':
      return { names: closureOf([value], catalog), isMissing: catalog.get(value) === undefined };
  }
}

function closureOf(starts: Iterable<ResourceName>, catalog: Catalog): ReadonlySet<ResourceName> {
  const reached = new Set<ResourceName>(starts);
  // A Set hands out what is added to it while it is gone through.
  for (const name of reached) {
    const entry = catalog.get(name);
    if (entry !== undefined) for (const next of neighboursOf(entry, catalog)) reached.add(next);
  }
  return reached;
}

function neighboursOf({ references, listeners }: Entry, catalog: Catalog): readonly ResourceName[] {
  return [...references, ...listeners.flatMap(listener => [...catalog.rulesOf.get(listener)])];
}
