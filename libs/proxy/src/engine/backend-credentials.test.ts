// SPDX-License-Identifier: Apache-2.0
import type { BackendCertificate, Port } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { CertificateStore } from '../tls/certificate-store.ts';
import { BackendCredentials, certificateToShow } from './backend-credentials.ts';

function credentialsOf(backendCertificate: BackendCertificate | undefined): BackendCredentials {
  const port: Port = {
    kind: 'port',
    name: 'port/127.0.0.1/80',
    address: '127.0.0.1',
    port: 80,
    protocol: 'HTTP',
    proxyProtocolFrom: [],
    listeners: [{ name: 'ns/edge/http', hostname: '*', protocol: 'HTTP', tls: undefined, backendCertificate }],
  };
  const credentials = new BackendCredentials({ certificates: new CertificateStore(), trustBundles: new Map() });
  credentials.renew([port]);
  return credentials;
}

describe('the certificate that requests of a listener show to backends', () => {
  it('is none where none is wanted, and the one that is', () => {
    expect(credentialsOf(undefined).certificateOf('ns/edge/http')).toBeUndefined();
    expect(credentialsOf({ kind: 'certificate', name: 'certificate/ns/me' }).certificateOf('ns/edge/http')).toBe(
      'certificate/ns/me',
    );
  });

  it('is a fault where it is wanted and cannot be used', () => {
    const fault = 'the certificate that the Gateway of listener ns/edge/http shows to backends cannot be used';
    expect(() => credentialsOf({ kind: 'unresolved' }).certificateOf('ns/edge/http')).toThrow(fault);
    expect(() => certificateToShow({ name: 'ns/edge/http', backendCertificate: { kind: 'unresolved' } })).toThrow(fault);
  });

  it('is a fault for a listener that is gone, which may have had one', () => {
    const credentials = credentialsOf({ kind: 'certificate', name: 'certificate/ns/me' });
    credentials.renew([]);
    expect(() => credentials.certificateOf('ns/edge/http')).toThrow('listener ns/edge/http is no longer configured');
  });
});
