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

/** Something about an authority that somebody has to do. */
export interface AuthorityConcern {
  readonly code: 'issuer-expired' | 'issuer-expires-soon' | 'issuer-not-renewed' | 'root-expired' | 'root-expires-soon';
  /** `error`: nothing can be signed any more. */
  readonly severity: 'error' | 'warning';
  /** Whether it is to be told wherever anybody looks; until then it is shown to those who ask for the authority. */
  readonly isUrgent: boolean;
  /** In one sentence, which stays the same as long as it is the same concern. */
  readonly message: string;
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
  /** No leaf was ever signed for longer. */
  readonly longestLeafMs: number;
  readonly concerns: readonly AuthorityConcern[];
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
    longestLeafMs: state.longestLeafMs,
    issuer: factsOf(issuing.issuer),
    roots: bundle.roots.map(root => ({ ...factsOf(root), isIssuing: root.fingerprint256 === bundle.issuingRoot })),
    oldLeavesExpireAtMs: phase === 'Issuing' ? oldLeavesEndMs : undefined,
    concerns: [
      ...expiryConcerns('root', issuing.root, nowMs),
      ...expiryConcerns('issuer', issuing.issuer, nowMs),
      ...(renewalFailure === undefined ? [] : [renewalConcern(renewalFailure)]),
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

/** A rotation waits for the last leaf of the old root, which may be a week, and for somebody who has time for it. */
const URGENT_MS = 30 * 86_400_000;

function expiryConcerns(
  what: keyof typeof WARNING_SHARES,
  certificate: X509Certificate,
  nowMs: number,
): readonly AuthorityConcern[] {
  if (!isNearExpiry(certificate, WARNING_SHARES[what], nowMs)) return [];
  const endMs = certificate.validToDate.getTime();
  const hasExpired = nowMs > endMs;
  return [
    {
      code: hasExpired ? `${what}-expired` : `${what}-expires-soon`,
      severity: hasExpired ? 'error' : 'warning',
      isUrgent: endMs - nowMs <= URGENT_MS,
      message: `the ${what} ${hasExpired ? 'expired' : 'expires'} on ${certificate.validToDate.toISOString()}: rotate to a new authority`,
    },
  ];
}

function renewalConcern(reason: string): AuthorityConcern {
  const message = `the issuer could not be renewed: ${reason}`;
  return { code: 'issuer-not-renewed', severity: 'warning', isUrgent: true, message };
}

function factsOf({ fingerprint256, validToDate }: X509Certificate): CertificateFacts {
  return { fingerprint: fingerprint256, notAfterMs: validToDate.getTime() };
}
