// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { GatewayFindings } from '../condition/findings.ts';
import type { GatewayContext } from './gateway-context.ts';
import { resolveCertificateRef } from './resolve-certificate-refs.ts';
import type { ResolvedCertificate } from './resolve-certificate-refs.ts';

/** What a Gateway shows to backends over TLS. */
export interface ResolvedBackendCertificate {
  /** Whether the Gateway asks for one to be shown. */
  readonly isWanted: boolean;
  /** Undefined although it is wanted: it cannot be used, and no call over TLS is made without it. */
  readonly certificate: ResolvedCertificate | undefined;
  readonly references: GatewayFindings['ResolvedRefs'];
}

/** Follows `spec.tls.backend.clientCertificateRef`. */
export function resolveBackendCertificate(context: GatewayContext): ResolvedBackendCertificate {
  const ref = context.document.spec.tls?.backend?.clientCertificateRef;
  if (ref === undefined) return { isWanted: false, certificate: undefined, references: holds('ResolvedRefs') };
  const found = resolveCertificateRef(context, ref, 'spec.tls.backend.clientCertificateRef');
  if ('pair' in found) return { isWanted: true, certificate: found, references: holds('ResolvedRefs') };
  const reason = found.reason === 'RefNotPermitted' ? 'RefNotPermitted' : 'InvalidClientCertificateRef';
  return { isWanted: true, certificate: undefined, references: fails(reason, found.message) };
}
