// SPDX-License-Identifier: Apache-2.0
import { GATEWAY_IDENTITY, MESH_TRUST } from '@weir/policy/snapshot';
import type { ResourceName } from '@weir/policy/snapshot';
import { parseRoot } from '@weir/sync/messages';
import type { Authorize } from '@weir/sync/server';

export interface RightsBook {
  /** Whether an identity has proved that it may register an address. */
  mayRegister(identity: string, address: string): boolean;
  /** Who the proxies are that are a Gateway's own, by the name of its resource; undefined = it has none. */
  proxiesOf(gateway: ResourceName): string | undefined;
  /**
   * Whether each Gateway has proxies of its own. Else they serve all Gateways with one identity, and need whatever any Gateway does,
   * certificates included.
   */
  readonly hasOwnProxies: boolean;
}

/** Roots that every proxy of the mesh may have: who is there, whom to believe, and how to call. None leads to a private key. */
const FOR_ALL: ReadonlySet<string> = new Set([
  'index:meshService',
  'index:meshSettings',
  'name:mesh-settings',
  `name:${MESH_TRUST}`,
]);

/**
 * Who may have what, by identity (`NAMESPACE/SERVICE-ACCOUNT`). What is not listed here is for nobody: certificates by name, whole kinds,
 * and what other workloads serve.
 */
export function createAuthorize(rights: RightsBook): Authorize {
  return (peer, root) => {
    if (FOR_ALL.has(root)) return true;
    const { by, value } = parseRoot(root) ?? { by: 'name', value: '' };
    if (by === 'address') return true;
    if (by === 'all') return value === 'port' && peer === GATEWAY_IDENTITY && !rights.hasOwnProxies;
    if (by === 'index') return false;
    return value.startsWith('mesh/') || rights.proxiesOf(value) === peer || isOwnWorkload(peer, value, rights);
  };
}

/** `workload/NAMESPACE/SERVICE-ACCOUNT/ADDRESS` of this very identity, at an address that was bound to it when it joined. */
function isOwnWorkload(peer: string, name: string, rights: RightsBook): boolean {
  const prefix = `workload/${peer}/`;
  return name.startsWith(prefix) && rights.mayRegister(peer, name.slice(prefix.length));
}
