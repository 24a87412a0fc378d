// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import { certificatePartsOf } from '../certificate/certificate-parts.ts';
import type { CertificateParts } from '../certificate/certificate-parts.ts';
import { quoted } from '../identity-error.ts';
import { formatSpiffeId, isSameSpiffeId, parseSpiffeId } from '../spiffe-id.ts';
import type { SpiffeId } from '../spiffe-id.ts';
import { refusalOf } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** Whom a leaf may be for. */
export interface Expectation {
  readonly trustDomain: string;
  /** Exactly this peer; absent = anybody in the trust domain. */
  readonly expected?: SpiffeId | undefined;
}

/** A peer that is who it says. */
export interface Trusted {
  readonly isTrusted: true;
  readonly id: SpiffeId;
  /** The leaf's; a connection to this peer ends then. */
  readonly notAfterMs: number;
}

/** What a leaf says of its holder, once its chain is verified: use, and exactly one identity (X509-SVID §4 and §5). */
export function checkLeaf(leaf: X509Certificate, expectation: Expectation): Refusal | Trusted {
  const parts = certificatePartsOf(leaf);
  if (parts === undefined) return refusalOf('malformed');
  const id = isForPeers(parts) ? identityIn(parts.uris) : refusalOf('other-use');
  if ('isTrusted' in id) return id;
  return checkIdentity(id, expectation) ?? { isTrusted: true, id, notAfterMs: leaf.validToDate.getTime() };
}

/** A peer is client and server with one leaf. */
function isForPeers(parts: CertificateParts): boolean {
  const isForBothSides = parts.allowsServers && parts.allowsClients && parts.allowsSignatures;
  return isForBothSides && !parts.isAuthority && !parts.hasUnknownCriticalExtension;
}

function identityIn(uris: readonly string[]): Refusal | SpiffeId {
  const [uri, ...more] = uris;
  if (uri === undefined) return refusalOf('no-identity');
  if (more.length > 0) return refusalOf('several-identities', `${uris.length} URIs, the first is ${quoted(uri)}`);
  const id = parseSpiffeId(uri);
  return id.isValid ? id.value : refusalOf('invalid-identity', id.reason);
}

function checkIdentity(id: SpiffeId, { trustDomain, expected }: Expectation): Refusal | undefined {
  if (id.trustDomain !== trustDomain) return refusalOf('other-trust-domain', `${formatSpiffeId(id)}, and not ${trustDomain}`);
  if (expected === undefined || isSameSpiffeId(id, expected)) return undefined;
  return refusalOf('wrong-identity', `${formatSpiffeId(id)}, and not ${formatSpiffeId(expected)}`);
}
