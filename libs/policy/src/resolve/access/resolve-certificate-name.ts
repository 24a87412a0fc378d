// SPDX-License-Identifier: Apache-2.0
import type { CertificateNameSpec } from '../../documents/kinds/weir/certificate-name.ts';
import type { CertificateNameMatch } from '../../snapshot/index.ts';

/** The schema has seen to it that there is exactly one. */
export function resolveCertificateName({ dnsName, uri, email = '' }: CertificateNameSpec): CertificateNameMatch {
  if (dnsName !== undefined) return { kind: 'dns', value: dnsName.toLowerCase() };
  if (uri !== undefined) return { kind: 'uri', value: uri };
  const at = email.lastIndexOf('@') + 1;
  return { kind: 'email', value: email.slice(0, at) + email.slice(at).toLowerCase() };
}
