// SPDX-License-Identifier: Apache-2.0
import type { MeshParameters } from '../../resolve/index.ts';
import { GATEWAY_IDENTITY } from '../../snapshot/index.ts';
import type { MeshSettings, WorkloadIdentity } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** `own`: identities of those Gateways that have proxies of their own. */
export function compileMeshSettings(
  { trustDomain, ranges, unknownDestinations }: MeshParameters,
  own: readonly WorkloadIdentity[],
): MeshSettings {
  const gateways = [GATEWAY_IDENTITY, ...own].sort();
  return { kind: 'meshSettings', name: resourceName.meshSettings, trustDomain, ranges, gateways, unknownDestinations };
}
