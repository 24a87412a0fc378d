// SPDX-License-Identifier: Apache-2.0
import type { Lookup } from '../inventory/tracked-lookup.ts';

/** A reference from one object to another, with every default filled in. */
export interface ObjectReference {
  readonly from: { readonly group: string; readonly kind: string; readonly namespace: string };
  readonly to: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string };
}

/**
 * Whether a reference may be followed: within a namespace always, across namespaces when a ReferenceGrant in the target's
 * namespace says so. Being granted does not mean that the target exists.
 */
export function isGranted(lookup: Lookup, { from, to }: ObjectReference): boolean {
  if (from.namespace === to.namespace) return true;
  return lookup.grantsIn(to.namespace).some(grant => {
    const isFrom = grant.spec.from.some(
      source => source.group === from.group && source.kind === from.kind && source.namespace === from.namespace,
    );
    const isTo = grant.spec.to.some(
      target => target.group === to.group && target.kind === to.kind && (target.name === undefined || target.name === to.name),
    );
    return isFrom && isTo;
  });
}

/** Which grant to write. */
export function grantHint({ from, to }: ObjectReference): string {
  return (
    `write a ReferenceGrant in namespace \`${to.namespace}\` with from: {group: ${from.group}, kind: ${from.kind}, ` +
    `namespace: ${from.namespace}} and to: {group: ${to.group === '' ? '""' : to.group}, kind: ${to.kind}, name: ${to.name}}`
  );
}
