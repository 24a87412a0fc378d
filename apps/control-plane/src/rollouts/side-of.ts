// SPDX-License-Identifier: Apache-2.0
import type { Resource } from '@weir/policy/snapshot';
import type { Side } from '@weir/rollouts/drive';

/** Where a proxy stands, `NAMESPACE/SERVICE-ACCOUNT/NAME`, by the settings of the mesh; without a mesh there are gateways alone. */
export function sideOf(proxy: string, settings: Resource | undefined): Side {
  if (settings?.kind !== 'meshSettings') return 'edge';
  return settings.gateways.some(gateway => proxy.startsWith(`${gateway}/`)) ? 'edge' : 'mesh';
}
