// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { formatCertificates, parseCertificates } from '../certificate/pem.ts';
import { certificatePartsOf } from '../certificate/certificate-parts.ts';
import { IdentityError } from '../identity-error.ts';
import { assertTrustDomain } from '../spiffe-id.ts';

/** A bundle as it travels and is stored: plain data, all of it public. */
export interface TrustBundleData {
  readonly trustDomain: string;
  /** Counts the changes of one authority: a lower one is older and is not taken in place of a higher one. */
  readonly sequence: number;
  /** Roots in PEM form, one after the other. */
  readonly rootsPem: string;
  /** SHA-256 fingerprint of the root that new leaves come from; who has a leaf of another one renews it. */
  readonly issuingRoot: string;
}

/** Whom a trust domain believes. While roots change there are two. */
export interface TrustBundle extends TrustBundleData {
  readonly roots: readonly X509Certificate[];
  /** Of the content: two bundles with one version are the same. */
  readonly version: string;
}

/** More roots than two are of no use; a few more are borne, for meshes that are joined. */
const MAX_ROOTS = 8;

/** Throws IdentityError where it holds no root, something that is none, or not the one that issues. */
export function createTrustBundle({ trustDomain, sequence, rootsPem, issuingRoot }: TrustBundleData): TrustBundle {
  assertTrustDomain(trustDomain);
  const roots = parseCertificates(rootsPem, 'the trust bundle');
  if (roots.length > MAX_ROOTS) throw refusal(`it holds ${roots.length} roots, at most ${MAX_ROOTS}`);
  roots.forEach(assertRoot);
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    throw refusal(`its sequence is ${sequence}, and not a whole number from 1`);
  }
  if (!roots.some(({ fingerprint256 }) => fingerprint256 === issuingRoot)) {
    throw refusal('the root that issues is not among its roots');
  }
  const canonicalPem = formatCertificates(roots);
  const version = hash('sha256', JSON.stringify([trustDomain, sequence, canonicalPem, issuingRoot]));
  return Object.freeze({ trustDomain, sequence, rootsPem: canonicalPem, issuingRoot, roots, version });
}

/** Only what travels. */
export function trustBundleData({ trustDomain, sequence, rootsPem, issuingRoot }: TrustBundle): TrustBundleData {
  return { trustDomain, sequence, rootsPem, issuingRoot };
}

/** Reads the JSON form of `trustBundleData`. Throws IdentityError. */
export function parseTrustBundle(json: string): TrustBundle {
  const found = parseJson(json);
  if (typeof found !== 'object' || found === null) throw refusal('it is no JSON object');
  const [trustDomain, sequence, rootsPem, issuingRoot] = ['trustDomain', 'sequence', 'rootsPem', 'issuingRoot'].map(
    (field): unknown => Reflect.get(found, field),
  );
  if (typeof trustDomain !== 'string' || typeof rootsPem !== 'string' || typeof issuingRoot !== 'string') {
    throw refusal('it must have the texts trustDomain, rootsPem and issuingRoot');
  }
  return createTrustBundle({ trustDomain, sequence: Number(sequence), rootsPem, issuingRoot });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function assertRoot(certificate: X509Certificate): void {
  const isRoot = certificate.checkIssued(certificate) && certificatePartsOf(certificate)?.isAuthority === true;
  if (!isRoot) throw refusal(`${certificate.fingerprint256} is not the certificate of a root: self-signed, and of an authority`);
}

function refusal(message: string): IdentityError {
  return new IdentityError('invalid-certificate', {
    message: `the trust bundle cannot be used: ${message}`,
    hint: 'take the bundle that the control plane gives out',
  });
}
