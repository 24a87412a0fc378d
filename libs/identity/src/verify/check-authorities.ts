// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import { certificatePartsOf } from '../certificate/certificate-parts.ts';
import { refusalOf } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/**
 * Why these authorities, the lowest first and each below the next, may not issue a leaf (RFC 5280 §6.1.4); undefined = they may. Signatures
 * and times are not looked at here.
 */
export function checkAuthorities(authorities: readonly X509Certificate[]): Refusal | undefined {
  for (const [below, authority] of authorities.entries()) {
    const refusal = checkAuthority(authority, below);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Why one of these certificates is not valid at this time; undefined = all are. */
export function checkValidity(certificates: readonly X509Certificate[], nowMs: number): Refusal | undefined {
  for (const certificate of certificates) {
    const { validFromDate, validToDate } = certificate;
    if (nowMs > validToDate.getTime()) return refusalOf('expired', `${nameOf(certificate)} on ${validToDate.toISOString()}`);
    if (nowMs < validFromDate.getTime()) {
      return refusalOf('not-yet-valid', `${nameOf(certificate)} from ${validFromDate.toISOString()}`);
    }
  }
  return undefined;
}

function checkAuthority(authority: X509Certificate, below: number): Refusal | undefined {
  const parts = certificatePartsOf(authority);
  const name = nameOf(authority);
  if (parts === undefined) return refusalOf('malformed', name);
  if (!parts.isAuthority) return refusalOf('broken-chain', `${name} is no authority`);
  if (!parts.allowsSigningCertificates) return refusalOf('broken-chain', `${name} may not sign certificates`);
  if (parts.hasUnknownCriticalExtension) {
    return refusalOf('broken-chain', `${name} has a critical extension that is not understood`);
  }
  if (below > (parts.maxAuthoritiesBelow ?? Infinity)) {
    return refusalOf('broken-chain', `${name} may have ${parts.maxAuthoritiesBelow} authorities below it, and has ${below}`);
  }
  return undefined;
}

/** On one line; a name in a certificate is its maker's text. */
function nameOf({ subject = '', serialNumber }: { readonly subject?: string; readonly serialNumber: string }): string {
  return subject === '' ? `serial ${serialNumber}` : JSON.stringify(subject.split('\n').join(', '));
}
