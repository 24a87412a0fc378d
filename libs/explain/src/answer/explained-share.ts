// SPDX-License-Identifier: Apache-2.0
import type { Backend, ResourceName, Snapshot, WeightedStreamBackend } from '@weir/policy/snapshot';
import type { BackendShare } from '../explanation.ts';

/** What a share says of its backend, whatever comes there: requests, connections or datagrams. */
export type ShareOfBackend = Pick<
  BackendShare,
  'label' | 'weight' | 'percent' | 'balance' | 'zonePreference' | 'endpoints' | 'health'
>;

/** `totalWeight`: of all backends of the rule. */
export function shareOfBackend(
  { label, weight }: WeightedStreamBackend,
  backend: Backend | undefined,
  totalWeight: number,
): ShareOfBackend {
  return {
    label,
    weight,
    percent: totalWeight === 0 ? 0 : (weight / totalWeight) * 100,
    balance: backend?.balance,
    zonePreference: backend?.zonePreference,
    endpoints: backend?.endpoints.map(endpointText) ?? [],
    health: backend?.health,
  };
}

/** Undefined where the reference is broken. */
export function backendOf(
  { resources }: Snapshot,
  { backend }: { readonly backend: ResourceName | undefined },
): Backend | undefined {
  const resource = backend === undefined ? undefined : resources.get(backend);
  return resource?.kind === 'backend' ? resource : undefined;
}

export function totalWeightOf(backends: readonly { readonly weight: number }[]): number {
  return backends.reduce((sum, { weight }) => sum + weight, 0);
}

function endpointText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
