// SPDX-License-Identifier: Apache-2.0
import type { SpiffeId, TrustBundle } from '@weir/identity';

/** Who proxies connect to; no token is ever issued for it. */
export function controlPlaneIdentity(trustDomain: string): SpiffeId {
  return { trustDomain, namespace: 'weir-system', name: 'control-plane' };
}

export function isControlPlane({ namespace, name }: SpiffeId): boolean {
  return namespace === 'weir-system' && name === 'control-plane';
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
