// SPDX-License-Identifier: Apache-2.0
import { parseCertificates } from '@weir/identity';

/** What proves who a proxy is as long as it has no certificate that is valid. */
export type JoinProof =
  /** What `weir token` printed: good once, and the control plane is known by the fingerprint of its root in it. */
  | { readonly kind: 'joinText'; readonly text: string }
  /** A Kubernetes token of the workload's service account, and the roots (PEM) that its control plane may have. */
  | { readonly kind: 'serviceAccount'; readonly token: string; readonly rootsPem: string };

/** Asked each time that who it is has to be proved: what it is made of may be written anew. Undefined = there is nothing. */
export type ReadJoinProof = () => Promise<JoinProof | undefined>;

/**
 * Whether a root (its SHA-256 fingerprint, as OpenSSL writes it) is none of those that the proof names: whoever has a leaf of it may have been
 * away while another root took its place. False where nothing says so.
 */
export function isOtherRoot(root: string, proof: JoinProof | undefined): boolean {
  if (proof?.kind !== 'serviceAccount') return false;
  try {
    return parseCertificates(proof.rootsPem, 'the roots').every(({ fingerprint256 }) => fingerprint256 !== root);
  } catch {
    return false;
  }
}
