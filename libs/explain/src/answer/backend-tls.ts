// SPDX-License-Identifier: Apache-2.0
import type { Backend, Listener, Snapshot } from '@weir/policy/snapshot';

/** Why TLS with a backend cannot begin for connections of a listener, as the engine would find it; undefined = it can, or there is none. */
export function backendTlsProblem({ resources }: Snapshot, { tls }: Backend, listener: Listener): string | undefined {
  if (tls === undefined) return undefined;
  const { usesSystemAuthorities, trustBundle } = tls;
  if (trustBundle === undefined) {
    if (!usesSystemAuthorities) return 'its BackendTLSPolicy has no authorities that can be used to verify it with';
  } else if (resources.get(trustBundle)?.kind !== 'trustBundle') {
    return `trust bundle ${trustBundle} of its BackendTLSPolicy is not known`;
  }
  const { backendCertificate } = listener;
  if (backendCertificate === undefined) return undefined;
  if (backendCertificate.kind === 'unresolved') return 'the certificate that the Gateway shows to backends cannot be used';
  const { name } = backendCertificate;
  return resources.get(name)?.kind === 'certificate' ? undefined : `${name}, which the Gateway shows to backends, is not known`;
}
