// SPDX-License-Identifier: Apache-2.0
import type { MeshService, MeshSettings, Snapshot } from '@weir/policy/snapshot';
import type { Sides } from './authentication-changes.ts';
import { mayWeaken, strengthens, weakens } from './policy-diff.ts';
import type { Change, ObjectDiff } from './policy-diff.ts';
import { differingFields, fieldOf, fromTo, paired } from './values.ts';

type Difference = Omit<ObjectDiff, 'holdsFor'>;

/** What the mesh as a whole says otherwise than before, and how workloads speak to Services. */
export function meshDiffs({ before, after }: Sides): readonly Difference[] {
  const { both, lost } = paired(servicesOf(before), servicesOf(after), ({ name }) => name);
  return [
    ...settingsDiffs(settingsOf(before), settingsOf(after)),
    ...lost.map(service => diffOf(service, 'removed', goneChanges(service))),
    ...both.map(([old, now]) => diffOf(now, 'changed', modeChanges(old, now))),
  ];
}

function diffOf({ namespace, service }: MeshService, state: Difference['state'], changes: readonly Change[]): Difference {
  return { kind: 'Service', name: `${namespace}/${service}`, state, changes };
}

function modeChanges({ mode: before }: MeshService, { mode: after }: MeshService): readonly Change[] {
  if (before === after) return [];
  return [(after === 'strict' ? strengthens : weakens)(fromTo('mutual TLS', before, after))];
}

/** A Service that is gone is called by nobody; one that has left the mesh is called in plaintext. */
function goneChanges({ mode }: MeshService): readonly Change[] {
  return mode === 'strict' ? [mayWeaken('is no longer in the mesh, where it was called over mutual TLS or not at all')] : [];
}

function settingsDiffs(before: MeshSettings | undefined, after: MeshSettings | undefined): readonly Difference[] {
  if (before === undefined || after === undefined) return [];
  const changes = differingFields(before, after).map(name => {
    const text = fromTo(name, fieldOf(before, name), fieldOf(after, name));
    if (name !== 'unknownDestinations') return mayWeaken(text);
    return (after.unknownDestinations === 'registered' ? strengthens : weakens)(text);
  });
  return [{ kind: 'Mesh', name: 'settings', state: 'changed', changes }];
}

function servicesOf({ resources }: Snapshot): readonly MeshService[] {
  return [...resources.values()].filter(resource => resource.kind === 'meshService');
}

function settingsOf({ resources }: Snapshot): MeshSettings | undefined {
  return [...resources.values()].find(resource => resource.kind === 'meshSettings');
}
