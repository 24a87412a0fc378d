// SPDX-License-Identifier: Apache-2.0
import type { MeshParameters } from '../../resolve/index.ts';
import { GATEWAY_IDENTITY } from '../../snapshot/index.ts';
import type { MeshSettings } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

export function compileMeshSettings({ trustDomain, ranges, unknownDestinations }: MeshParameters): MeshSettings {
  const gateways = [GATEWAY_IDENTITY];
  return { kind: 'meshSettings', name: resourceName.meshSettings, trustDomain, ranges, gateways, unknownDestinations };
}
