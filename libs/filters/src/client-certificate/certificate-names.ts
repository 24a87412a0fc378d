// SPDX-License-Identifier: Apache-2.0
import type { ClientCertificate } from '@weir/base';
import type { CertificateNameMatch } from '@weir/policy/snapshot';

/** Every name of a certificate, each with its kind in front: a URI is never taken for an address. */
export function keysOfCertificate({ dnsNames, uris, emails }: ClientCertificate): readonly string[] {
  return [...dnsNames.map(name => `dns ${name}`), ...uris.map(uri => `uri ${uri}`), ...emails.map(email => `email ${email}`)];
}

export function keyOfName({ kind, value }: CertificateNameMatch): string {
  return `${kind} ${value}`;
}

/**
 * Whether a certificate has one of the names. `*.` in front of a wanted DNS name stands for one label. One in the certificate
 * stands for nothing: whoever has been given it is not therefore each of those whom it covers.
 */
export function compileCertificateNames(
  names: readonly CertificateNameMatch[],
): (certificate: ClientCertificate | undefined) => boolean {
  const isWildcard = ({ kind, value }: CertificateNameMatch): boolean => kind === 'dns' && value.startsWith('*.');
  const exact = new Set(names.map(keyOfName));
  const parents = new Set(names.filter(isWildcard).map(({ value }) => value.slice(1)));
  return certificate => {
    if (certificate === undefined) return false;
    if (keysOfCertificate(certificate).some(key => exact.has(key))) return true;
    return (
      parents.size > 0 && certificate.dnsNames.some(name => name.indexOf('.') > 0 && parents.has(name.slice(name.indexOf('.'))))
    );
  };
}
