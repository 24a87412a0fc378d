// SPDX-License-Identifier: Apache-2.0
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '@weir/base';
import { subjectAltNamesOf } from './subject-alt-names.ts';

/**
 * The certificate of a client, where the listener's authorities vouch for it. `AllowInsecureFallback` (GEP-91) lets others in, too, and
 * a resumed session of a client that has none counts as authorized in Node: both have none here.
 */
export function verifiedCertificateOf(socket: TLSSocket): ClientCertificate | undefined {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return undefined;
  const names = subjectAltNamesOf(certificate);
  const valuesOf = (wanted: string): readonly string[] => names.flatMap(({ kind, value }) => (kind === wanted ? value : []));
  return {
    dnsNames: valuesOf('dns').map(name => name.toLowerCase()),
    uris: valuesOf('uri'),
    emails: valuesOf('email').map(withLowerCaseDomain),
  };
}

/** RFC 5321 §2.4: only the part in front of the @ has a case. */
function withLowerCaseDomain(email: string): string {
  const at = email.lastIndexOf('@') + 1;
  return email.slice(0, at) + email.slice(at).toLowerCase();
}
