// SPDX-License-Identifier: Apache-2.0
import type { MeshParameters } from '../../resolve/index.ts';
import type { MeshSettings, WorkloadIdentity } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** `proxies`: who the proxies of Gateways are. */
export function compileMeshSettings(
  { trustDomain, ranges, unknownDestinations }: MeshParameters,
  proxies: readonly WorkloadIdentity[],
): MeshSettings {
  const gateways = [...proxies].sort();
  return { kind: 'meshSettings', name: resourceName.meshSettings, trustDomain, ranges, gateways, unknownDestinations };
}
