// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import type { TrustBundle } from '../bundle/trust-bundle.ts';
import { certificatePartsOf } from '../certificate/certificate-parts.ts';
import { checkAuthorities, checkValidity } from './check-authorities.ts';
import { checkLeaf } from './check-leaf.ts';
import type { Expectation, Trusted } from './check-leaf.ts';
import { findPath } from './find-path.ts';
import { refusalOf } from './refusal.ts';
import type { Refusal, RefusalCode } from './refusal.ts';

export interface VerifyOptions extends Expectation {
  readonly bundle: TrustBundle;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** A peer whose whole chain was verified. */
export interface Verified extends Trusted {
  /** SHA-256 fingerprint of the root that vouches for it. */
  readonly root: string;
}

/**
 * Whether these certificates, leaf first, show a peer of the mesh, and which. Needs no connection: for what a control plane answers and
 * for what is kept on disk. On a socket TLS itself verifies the chain, and `peerOf` reads who it is.
 */
export function verifyPeer(chain: readonly X509Certificate[], options: VerifyOptions): Refusal | Verified {
  const [leaf, ...shown] = chain;
  if (leaf === undefined) return refusalOf('no-certificate');
  const path = findPath(leaf, { shown, roots: options.bundle.roots });
  if (path === undefined) return refusalOf(whyWithoutPath(leaf));
  const refusal = checkValidity(path, options.nowMs) ?? checkAuthorities(path.slice(1));
  if (refusal !== undefined) return refusal;
  const found = checkLeaf(leaf, options);
  return found.isTrusted ? { ...found, root: path.at(-1)!.fingerprint256 } : found;
}

function whyWithoutPath(leaf: X509Certificate): RefusalCode {
  if (certificatePartsOf(leaf) === undefined) return 'malformed';
  return leaf.verify(leaf.publicKey) ? 'self-signed' : 'other-authority';
}
