// SPDX-License-Identifier: Apache-2.0
import type { MeshMode } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { chainAt, placesOfService } from '../policy/policy-chain.ts';

/** How workloads speak to a Service: strict as soon as one policy of its Namespace or of the Service itself says so (`strictest`). */
export function meshModeOf(lookup: Lookup, namespace: string, service: string): MeshMode {
  const links = chainAt(lookup, 'AccessPolicy', placesOfService(namespace, service))?.links ?? [];
  const isStrict = links.some(({ policy }) => {
    const { mode, mutualTls } = lookup.get('AccessPolicy', namespace, policy.slice(namespace.length + 1))?.spec ?? {};
    return mode !== 'Shadow' && mutualTls?.mode === 'Strict';
  });
  return isStrict ? 'strict' : 'permissive';
}
