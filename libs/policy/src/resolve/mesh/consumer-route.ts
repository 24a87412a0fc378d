// SPDX-License-Identifier: Apache-2.0
import type { RouteDocument } from '../route/route-document.ts';

/**
 * Whether a route holds for callers of its own namespace and for nobody else: all of its parents are Services of other namespaces. It
 * needs no ReferenceGrant for where it sends them, as they could call that themselves, as who they are (GEP-1294). A producer route
 * does: it decides about callers of every namespace, who may call what its own namespace may not.
 */
export function isConsumerRoute({ namespace: own, spec }: RouteDocument): boolean {
  const { parentRefs = [] } = spec;
  const isForeignService = (ref: (typeof parentRefs)[number]): boolean =>
    ref.group === '' && ref.kind === 'Service' && ref.namespace !== undefined && ref.namespace !== own;
  return parentRefs.length > 0 && parentRefs.every(isForeignService);
}
