// SPDX-License-Identifier: Apache-2.0
import type { Issue, ResolvedCertificate, ResolvedGateway } from '../../resolve/index.ts';

const DAY_MS = 86_400_000;
/** Two weeks: time to notice over a holiday; certificates of 90 days are renewed a month ahead. */
const EXPIRY_NOTICE_MS = 14 * DAY_MS;

/** Certificates in use that are out of their time, or soon will be. Clients refuse them; Weir serves them all the same. */
export function certificateIssues(gateways: Iterable<ResolvedGateway>, nowMs: number): readonly Issue[] {
  const byKey = new Map<string, ResolvedCertificate>();
  for (const { listeners, backendCertificate } of gateways) {
    const used = [...listeners.flatMap(({ certificates }) => certificates), backendCertificate.certificate ?? []].flat();
    for (const certificate of used) byKey.set(certificate.key, certificate);
  }
  return [...byKey.values()].flatMap(certificate => expiryIssue(certificate, nowMs) ?? []);
}

function expiryIssue({ secret, pair }: ResolvedCertificate, nowMs: number): Issue | undefined {
  const found = describeValidity(pair, nowMs);
  if (found === undefined) return undefined;
  const path = secret.data?.['tls.crt'] === undefined ? 'stringData.tls.crt' : 'data.tls.crt';
  const hint = 'write a renewed certificate and its key into the Secret; it is taken up at once';
  return { document: secret, severity: 'warning', ...found, path, hint };
}

function describeValidity(
  { notBeforeMs, notAfterMs }: ResolvedCertificate['pair'],
  nowMs: number,
): { code: string; message: string } | undefined {
  if (nowMs >= notAfterMs) return { code: 'certificate-expired', message: `the certificate expired on ${dayOf(notAfterMs)}` };
  if (nowMs < notBeforeMs) {
    return { code: 'certificate-not-yet-valid', message: `the certificate is valid from ${dayOf(notBeforeMs)}` };
  }
  if (nowMs < notAfterMs - EXPIRY_NOTICE_MS) return undefined;
  return { code: 'certificate-expires-soon', message: `the certificate expires on ${dayOf(notAfterMs)}` };
}

function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
