// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type { Certificate, TrustBundle } from '@weir/policy/snapshot';
import { renderMetrics } from '@weir/telemetry';
import { createTestAuthority } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { CertificateExpiries } from './certificate-expiries.ts';

function certificate(name: string, notAfterMs: number, chainPem = ''): Certificate {
  return { kind: 'certificate', name, chainPem, keyPem: 'secret', dnsNames: [], notAfterMs };
}

function trust(name: string, authoritiesPem: string): TrustBundle {
  return { kind: 'trustBundle', name, authoritiesPem };
}

/** Lines of the page without those that describe it. */
function samples(expiries: CertificateExpiries): readonly string[] {
  return renderMetrics([expiries.dump()])
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
}

describe('the ends of certificates', () => {
  it('are told of those of Secrets by the name of the Secret, as long as they are in use', () => {
    const expiries = new CertificateExpiries();
    expiries.record({
      upserts: [certificate('certificate/shop/tls', 5_000), certificate('certificate/shop/old', 1_000)],
      removes: [],
    });
    expect(samples(expiries)).toEqual([
      'weir_certificate_expiry_timestamp_seconds{kind="secret",name="shop/old"} 1',
      'weir_certificate_expiry_timestamp_seconds{kind="secret",name="shop/tls"} 5',
    ]);
    expiries.record({ upserts: [certificate('certificate/shop/tls', 9_000)], removes: ['certificate/shop/old'] });
    expect(samples(expiries)).toEqual(['weir_certificate_expiry_timestamp_seconds{kind="secret",name="shop/tls"} 9']);
  });

  it('are told of the own leaf by its identity, and of each root that is believed by its fingerprint', async () => {
    const [old, fresh] = [await createTestAuthority('old'), await createTestAuthority('fresh')];
    const { certificatePem } = await fresh.issue('spiffe://weir.local/ns/shop/sa/cart');
    const expiries = new CertificateExpiries();
    const leaf = certificate(MESH_CERTIFICATE, 1_000, certificatePem);
    expiries.record({ upserts: [leaf, trust(MESH_TRUST, `${old.certificatePem}\n${fresh.certificatePem}`)], removes: [] });
    const roots = [old, fresh].map(authority => new X509Certificate(authority.certificatePem));
    expect(samples(expiries)).toEqual([
      'weir_certificate_expiry_timestamp_seconds{kind="leaf",name="spiffe://weir.local/ns/shop/sa/cart"} 1',
      ...roots.map(
        ({ fingerprint256, validToDate }) =>
          `weir_certificate_expiry_timestamp_seconds{kind="root",name="${fingerprint256}"} ${validToDate.getTime() / 1_000}`,
      ),
    ]);
    expiries.record({ upserts: [trust(MESH_TRUST, fresh.certificatePem)], removes: [] });
    expect(samples(expiries)).toHaveLength(2);
  });

  it('are not told of authorities that documents name, nor of what cannot be read', async () => {
    const { certificatePem } = await createTestAuthority();
    const expiries = new CertificateExpiries();
    expiries.record({ upserts: [trust('trust/shop/edge/443', certificatePem), trust(MESH_TRUST, 'nothing')], removes: [] });
    expect(samples(expiries)).toEqual([]);
  });
});
