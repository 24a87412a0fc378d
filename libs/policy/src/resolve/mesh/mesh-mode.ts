// SPDX-License-Identifier: Apache-2.0
import type { MeshMode } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { chainAt, placesOfNamespace, placesOfService } from '../policy/policy-chain.ts';
import type { ScopePlace } from '../policy/policy-chain.ts';

/** How workloads speak to a Service: strict as soon as one policy of its Namespace or of the Service itself says so (`strictest`). */
export function meshModeOf(lookup: Lookup, namespace: string, service: string): MeshMode {
  return strictestAt(lookup, namespace, placesOfService(namespace, service));
}

/** How workloads of a namespace are spoken to where no Service is meant. */
export function meshModeOfNamespace(lookup: Lookup, namespace: string): MeshMode {
  return strictestAt(lookup, namespace, placesOfNamespace(namespace));
}

function strictestAt(lookup: Lookup, namespace: string, places: readonly ScopePlace[]): MeshMode {
  const links = chainAt(lookup, 'AccessPolicy', places)?.links ?? [];
  const isStrict = links.some(({ policy }) => {
    const { mode, mutualTls } = lookup.get('AccessPolicy', namespace, policy.slice(namespace.length + 1))?.spec ?? {};
    return mode !== 'Shadow' && mutualTls?.mode === 'Strict';
  });
  return isStrict ? 'strict' : 'permissive';
}
