// SPDX-License-Identifier: Apache-2.0
import type { TrustBundle } from '../bundle/trust-bundle.ts';
import type { SpiffeId } from '../spiffe-id.ts';
import type { Credential } from './credential.ts';

/** What a proxy is in the mesh with. */
export interface HeldLeaf {
  readonly id: SpiffeId;
  readonly credential: Credential;
  /** SHA-256 fingerprint of the root that the leaf comes from. */
  readonly root: string;
  /** When it came, by our own clock. A leaf begins earlier than it is signed, so its own times would make short lives look long. */
  readonly obtainedAtMs: number;
}

/** `none`: there was no leaf yet. `expiring`: less than a third of its life is left, so renewals have failed for long. */
export type LeafState = 'expired' | 'expiring' | 'none' | 'valid';

/** For readiness, metrics and `weir check`. */
export interface LeafHealth {
  readonly state: LeafState;
  /** Whether connections can be made: with a leaf that has not expired. */
  readonly isReady: boolean;
  /** Milliseconds since the Unix epoch; undefined without a leaf. */
  readonly notAfterMs: number | undefined;
  /** Below 0 when it has expired; undefined without a leaf. */
  readonly expiresInMs: number | undefined;
  /** Why the last attempt to renew failed; undefined when it did not. */
  readonly failure: string | undefined;
}

const EXPIRING_SHARE = 1 / 3;

export function leafHealth(leaf: HeldLeaf | undefined, nowMs: number): Omit<LeafHealth, 'failure'> {
  if (leaf === undefined) return { state: 'none', isReady: false, notAfterMs: undefined, expiresInMs: undefined };
  const { notAfterMs } = leaf.credential;
  const expiresInMs = notAfterMs - nowMs;
  if (expiresInMs < 0) return { state: 'expired', isReady: false, notAfterMs, expiresInMs };
  const isExpiring = expiresInMs < lifetimeOf(leaf) * EXPIRING_SHARE;
  return { state: isExpiring ? 'expiring' : 'valid', isReady: true, notAfterMs, expiresInMs };
}

/** How long the leaf is of use to us. */
export function lifetimeOf({ credential, obtainedAtMs }: HeldLeaf): number {
  return credential.notAfterMs - obtainedAtMs;
}

/** A tenth earlier or later, so that a thousand proxies that started together do not renew together. */
const RENEWAL_JITTER = 0.1;

/** When to renew, in milliseconds since the Unix epoch: at half of its life. `chance` is in [0, 1). */
export function renewalTimeOf(leaf: HeldLeaf, chance: number): number {
  const share = 0.5 * (1 + RENEWAL_JITTER * (2 * chance - 1));
  return leaf.obtainedAtMs + lifetimeOf(leaf) * share;
}

/** Whether a peer has followed this bundle, as the authority waits for: its leaf comes from the root that issues. */
export function hasFollowed(leaf: HeldLeaf | undefined, bundle: TrustBundle | undefined): boolean {
  return leaf !== undefined && leaf.root === bundle?.issuingRoot;
}
