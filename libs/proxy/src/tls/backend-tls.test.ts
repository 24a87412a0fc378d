// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { BackendTls, Certificate, TrustBundle } from '@weir/policy/snapshot';
import { createTestAuthority } from '@weir/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { backendTlsOptions } from './backend-tls.ts';
import type { BackendTlsMaterial } from './backend-tls.ts';

let authoritiesPem = '';
let certificate: Certificate;
let leafPem = '';

beforeAll(async () => {
  const authority = await createTestAuthority();
  authoritiesPem = authority.certificatePem;
  const { certificatePem, keyPem } = await authority.issue('db.example', '*.shop.example', '10.0.0.1');
  leafPem = certificatePem;
  const parts = { name: 'certificate/ns/client', dnsNames: [], notAfterMs: 0 };
  certificate = { kind: 'certificate', chainPem: certificatePem, keyPem, ...parts };
});

function tlsOf(parts: Partial<BackendTls> = {}): BackendTls {
  return { serverName: 'db.example', subjectAltNames: [], usesSystemAuthorities: false, trustBundle: 'trust/ns/db', ...parts };
}

function materialOf(parts: Partial<BackendTlsMaterial> = {}): BackendTlsMaterial {
  const bundle: TrustBundle = { kind: 'trustBundle', name: 'trust/ns/db', authoritiesPem };
  return {
    trustBundles: new Map([[bundle.name, bundle]]),
    certificateOf: name => (name === certificate.name ? certificate : undefined),
    clientCertificate: undefined,
    ...parts,
  };
}

/** What the check says to the certificate for db.example, *.shop.example and 10.0.0.1. */
function verdictOf(parts: Partial<BackendTls>): string {
  const { checkServerIdentity } = backendTlsOptions(tlsOf(parts), materialOf());
  const peer = { raw: new X509Certificate(leafPem).raw } as PeerCertificate;
  return checkServerIdentity?.('', peer)?.message ?? 'fits';
}

const dns = (value: string) => ({ kind: 'dns', value }) as const;

describe('backendTlsOptions', () => {
  it.each([
    ['db.example', true],
    ['DB.example', true],
    ['a.shop.example', true],
    ['b.a.shop.example', false],
    ['shop.example', false],
    ['other.example', false],
    ['10.0.0.1', false],
  ])('wants the server name %s in the certificate: %s', (serverName, isFitting) => {
    expect(verdictOf({ serverName }) === 'fits').toBe(isFitting);
  });

  it('wants one of the subject alternative names where there are any, and then not the server name', () => {
    expect(verdictOf({ serverName: 'other.example', subjectAltNames: [dns('nobody.example'), dns('db.example')] })).toBe('fits');
    expect(verdictOf({ subjectAltNames: [dns('nobody.example')] })).toBe(
      "the backend's certificate is for dns db.example, dns *.shop.example, wanted dns nobody.example",
    );
    expect(verdictOf({ subjectAltNames: [dns('*.shop.example')] })).toBe('fits');
    expect(verdictOf({ subjectAltNames: [{ kind: 'uri', value: 'db.example' }] })).toMatch(/wanted uri db\.example/);
  });

  it('verifies always', () => {
    expect(backendTlsOptions(tlsOf(), materialOf())).toMatchObject({ rejectUnauthorized: true, servername: 'db.example' });
  });

  it.each([
    ['a trust bundle that is not there', { trustBundle: 'trust/ns/none' }, {}],
    ['no authorities at all', { trustBundle: undefined }, {}],
    ['a client certificate that is not there', {}, { clientCertificate: 'certificate/ns/none' }],
  ])('refuses %s', (_, tls, material) => {
    expect(() => backendTlsOptions(tlsOf(tls), materialOf(material))).toThrow(
      expect.objectContaining({ code: 'backend_invalid' }),
    );
  });
});
