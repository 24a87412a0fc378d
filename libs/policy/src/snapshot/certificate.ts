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
}
