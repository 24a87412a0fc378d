// SPDX-License-Identifier: Apache-2.0
import type { LeafKeeper } from '@weir/identity';
import { MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type { Certificate, Resource } from '@weir/policy/snapshot';

/** Who a proxy is to others in the mesh, and whom it believes. */
export interface HeldIdentity {
  readonly certificate: Pick<Certificate, 'chainPem' | 'keyPem' | 'notAfterMs'>;
  readonly authoritiesPem: string;
}

/** What a keeper has; undefined = no leaf yet. */
export function heldIdentity(keeper: Pick<LeafKeeper, 'bundle' | 'leaf'>): HeldIdentity | undefined {
  const leaf = keeper.leaf();
  const bundle = keeper.bundle();
  if (leaf === undefined || bundle === undefined) return undefined;
  const { credential } = leaf;
  const { chainPem, notAfterMs } = credential;
  return { certificate: { chainPem, keyPem: credential.exposeKeyPem(), notAfterMs }, authoritiesPem: bundle.rootsPem };
}

/** As engines take it. */
export function identityResources({ certificate, authoritiesPem }: HeldIdentity): readonly Resource[] {
  return [
    { kind: 'certificate', name: MESH_CERTIFICATE, dnsNames: [], ...certificate },
    { kind: 'trustBundle', name: MESH_TRUST, authoritiesPem },
  ];
}
