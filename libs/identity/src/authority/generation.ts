// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import { formatCertificates, parseCertificates, parsePrivateKey } from '../certificate/pem.ts';
import { IdentityError } from '../identity-error.ts';
import { checkAuthorities, checkValidity } from '../verify/check-authorities.ts';
import { isSignedBy } from '../verify/find-path.ts';
import { createSigningKey } from './signing-key.ts';
import type { SigningKey } from './signing-key.ts';

/** An authority that somebody else made. */
export interface GivenAuthority {
  /** The certificate that issues first, then those above it, the root last. */
  readonly chainPem: string;
  /** Of the first certificate, as PEM without a passphrase. */
  readonly keyPem: string;
}

/** One root with what issues below it. Rotation goes from one to the next. */
export interface Generation {
  /** The one that issues first, the root last. */
  readonly chain: readonly X509Certificate[];
  readonly root: X509Certificate;
  /** What issues leaves; the root itself where a given authority has nothing below it. */
  readonly issuer: X509Certificate;
  readonly signingKey: SigningKey;
  /** What a leaf travels with: the issuer and what is between it and the root. */
  readonly intermediatesPem: string;
  /** When the first of its certificates ends. */
  readonly notAfterMs: number;
}

/** Throws IdentityError where a part does not fit or is no authority. Times are not looked at. */
export function readGeneration({ chainPem, keyPem }: GivenAuthority): Generation {
  const chain = parseCertificates(chainPem, "the authority's chain");
  const [issuer, root] = [chain[0]!, chain.at(-1)!];
  const key = parsePrivateKey(keyPem, "the authority's key");
  if (!issuer.checkPrivateKey(key)) {
    throw refusal('its key does not belong to the first certificate of its chain', 'put the certificate that issues first');
  }
  assertChain(chain);
  const refused = checkAuthorities(chain);
  if (refused !== undefined) {
    throw refusal(
      refused.reason,
      'give an authority whose certificates have CA:TRUE, keyCertSign and room for what is below them',
    );
  }
  return {
    chain,
    root,
    issuer,
    signingKey: createSigningKey(key),
    intermediatesPem: formatCertificates(chain.slice(0, -1)),
    notAfterMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
  };
}

/** Throws IdentityError unless all of its certificates are valid now. */
export function assertValidNow({ chain }: Generation, nowMs: number): void {
  const refused = checkValidity(chain, nowMs);
  if (refused !== undefined) throw refusal(refused.reason, 'compare the clock, or give an authority that is valid');
}

function assertChain(chain: readonly X509Certificate[]): void {
  for (const [index, certificate] of chain.entries()) {
    const above = chain[index + 1] ?? certificate;
    if (isSignedBy(certificate, above)) continue;
    if (above === certificate) {
      throw refusal('the last certificate of its chain is not self-signed', 'add the certificates up to the root, the root last');
    }
    throw refusal(
      `certificate ${index + 1} of its chain is not signed by the next one`,
      'write each below the one that signed it',
    );
  }
}

function refusal(message: string, hint: string): IdentityError {
  return new IdentityError('invalid-authority', { message: `the authority cannot be used: ${message}`, hint });
}
