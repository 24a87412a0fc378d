// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { whyNotPlain } from './plain-request.ts';

const TLS = { serverName: 'catalogue.example', subjectAltNames: [], usesSystemAuthorities: true, trustBundle: undefined };
const PLAIN = { label: 'shop/catalogue:8080', tls: undefined, proxyProtocol: undefined };

describe('whyNotPlain', () => {
  it('lets requests go where nothing else is asked for', () => {
    expect(whyNotPlain(PLAIN)).toBeUndefined();
  });

  it('refuses plaintext to a backend of a BackendTLSPolicy', () => {
    expect(whyNotPlain({ ...PLAIN, tls: TLS })).toBe(
      'shop/catalogue:8080 is to be reached over TLS, which HTTP requests cannot do yet',
    );
  });

  it('refuses a request without the PROXY header that is expected', () => {
    expect(whyNotPlain({ ...PLAIN, proxyProtocol: 'v2' })).toMatch('expects a PROXY header');
  });
});
