// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/** A server certificate with its key. Named `certificate/NAMESPACE/SECRET`. Never logged, never dumped. */
export interface Certificate {
  readonly kind: 'certificate';
  readonly name: ResourceName;
  /** Leaf first. */
  readonly chainPem: string;
  readonly keyPem: string;
  /** DNS names of the leaf, lower-case, wildcards included. */
  readonly dnsNames: readonly string[];
  readonly notAfterMs: number;
}

/** Certificates of authorities to check a peer's with. Named `trust/NAMESPACE/GATEWAY/PORT` or after its owner. */
export interface TrustBundle {
  readonly kind: 'trustBundle';
  readonly name: ResourceName;
  readonly authoritiesPem: string;
  /** Of the mesh's own (`trust/@mesh`) alone. */
  readonly mesh?: MeshTrust;
}

/** How a bundle of the mesh's authority follows the one before it. */
export interface MeshTrust {
  readonly trustDomain: string;
  /** Counts the changes of the authority: a lower one is older and is not taken in place of a higher one. */
  readonly sequence: number;
  /** SHA-256 fingerprint of the root that new leaves come from, as OpenSSL writes it; who has a leaf of another one renews it. */
  readonly issuingRoot: string;
}
