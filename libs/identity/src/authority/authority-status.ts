// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import type { TrustBundle } from '../bundle/trust-bundle.ts';
import type { AuthorityState, Phase } from './authority-state.ts';
import type { Generation } from './generation.ts';

export interface CertificateFacts {
  /** SHA-256, as OpenSSL writes it. */
  readonly fingerprint: string;
  readonly notAfterMs: number;
}

/** What may be shown of an authority; all of it is public. */
export interface AuthorityStatus {
  readonly trustDomain: string;
  readonly phase: Phase;
  /** Of the bundle that peers must have followed for the next step. */
  readonly bundleVersion: string;
  readonly issuer: CertificateFacts;
  readonly roots: readonly (CertificateFacts & { readonly isIssuing: boolean })[];
  /** In `Issuing`: when the rotation may go on whoever has not followed; undefined otherwise. */
  readonly oldLeavesExpireAtMs: number | undefined;
  /** What needs somebody's attention, in sentences. */
  readonly warnings: readonly string[];
}

interface Inside {
  readonly state: AuthorityState;
  readonly bundle: TrustBundle;
  readonly issuing: Generation;
  readonly renewalFailure: string | undefined;
}

export function authorityStatus({ state, bundle, issuing, renewalFailure }: Inside, nowMs: number): AuthorityStatus {
  const { trustDomain, phase, oldLeavesEndMs } = state;
  return {
    trustDomain,
    phase,
    bundleVersion: bundle.version,
    issuer: factsOf(issuing.issuer),
    roots: bundle.roots.map(root => ({ ...factsOf(root), isIssuing: root.fingerprint256 === bundle.issuingRoot })),
    oldLeavesExpireAtMs: phase === 'Issuing' ? oldLeavesEndMs : undefined,
    warnings: [
      ...warningsAbout('root', issuing.root, nowMs),
      ...warningsAbout('issuer', issuing.issuer, nowMs),
      ...(renewalFailure === undefined ? [] : [`the issuer could not be renewed: ${renewalFailure}`]),
    ],
  };
}

/** A third of a leaf's day is enough to act in; of a root's ten years, a tenth. */
export const WARNING_SHARES = { root: 1 / 10, issuer: 1 / 3 } as const;

/** Whether less than this share of its lifetime is left. */
export function isNearExpiry({ validFromDate, validToDate }: X509Certificate, share: number, nowMs: number): boolean {
  const endMs = validToDate.getTime();
  return endMs - nowMs < (endMs - validFromDate.getTime()) * share;
}

function warningsAbout(what: keyof typeof WARNING_SHARES, certificate: X509Certificate, nowMs: number): readonly string[] {
  if (!isNearExpiry(certificate, WARNING_SHARES[what], nowMs)) return [];
  const verb = nowMs > certificate.validToDate.getTime() ? 'expired' : 'expires';
  return [`the ${what} ${verb} on ${certificate.validToDate.toISOString()}: rotate to a new authority`];
}

function factsOf({ fingerprint256, validToDate }: X509Certificate): CertificateFacts {
  return { fingerprint: fingerprint256, notAfterMs: validToDate.getTime() };
}
