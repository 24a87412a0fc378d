// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import type { WorkloadIdentity } from '@weir/policy/snapshot';
import { subjectAltNamesOf } from '../tls/subject-alt-names.ts';

/** The name of a workload in certificates (SPIFFE ID). */
const URI = /^spiffe:\/\/([a-z0-9._-]+)\/ns\/([a-z0-9-]+)\/sa\/([a-z0-9.-]+)$/;

/**
 * Who a certificate is for, in a trust domain; undefined = nobody there. One that has several names is for nobody (X509-SVID §2): it
 * could be believed for either.
 */
export function workloadOf(certificate: X509Certificate, trustDomain: string): WorkloadIdentity | undefined {
  const names = subjectAltNamesOf(certificate);
  const [only] = names;
  if (names.length !== 1 || only?.kind !== 'uri') return undefined;
  const [, domain, namespace, account] = URI.exec(only.value) ?? [];
  return domain === trustDomain ? `${namespace}/${account}` : undefined;
}
