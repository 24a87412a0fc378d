// SPDX-License-Identifier: Apache-2.0
import { formatShortName } from '@weir/identity';
import type { SpiffeId, TrustBundle } from '@weir/identity';
import { GATEWAY_IDENTITY } from '@weir/policy/snapshot';

/** Who proxies connect to; no token is ever issued for it. */
export function controlPlaneIdentity(trustDomain: string): SpiffeId {
  return { trustDomain, namespace: 'weir-system', name: 'control-plane' };
}

function isControlPlane({ namespace, name }: SpiffeId): boolean {
  return namespace === 'weir-system' && name === 'control-plane';
}

/**
 * Why nobody is given an identity; undefined = who proves to be it may have it. `hasOwnProxies`: each Gateway has proxies of its own, and
 * none serves all of them.
 */
export function reservedFor(id: SpiffeId, { hasOwnProxies }: { readonly hasOwnProxies?: boolean }): string | undefined {
  if (isControlPlane(id)) return 'nobody but the control plane itself is certified as it';
  if (!hasOwnProxies || formatShortName(id) !== GATEWAY_IDENTITY) return undefined;
  return `nobody is ${GATEWAY_IDENTITY} here: each Gateway has proxies of its own (NAMESPACE/NAME-CLASS), which the control plane makes`;
}

/** As a connection's certificate names it. */
export const CONTROL_PLANE_PEER = 'weir-system/control-plane';

/** Fingerprint of a root as join texts have it: SHA-256 in lower-case hex. */
export function rootInJoinText(fingerprint256: string): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

/** The PEM of one of the bundle's roots; '' where it has none with this fingerprint. */
export function rootPem({ roots }: TrustBundle, fingerprint256: string): string {
  return roots.find(root => root.fingerprint256 === fingerprint256)?.toString() ?? '';
}
