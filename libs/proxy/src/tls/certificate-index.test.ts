// SPDX-License-Identifier: Apache-2.0
import type { Certificate } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { CertificateIndex } from './certificate-index.ts';

function certificate(...dnsNames: readonly string[]): Certificate {
  return { kind: 'certificate', name: `certificate/ns/${dnsNames.join('+')}`, chainPem: '', keyPem: '', dnsNames, notAfterMs: 0 };
}

describe('CertificateIndex', () => {
  const index = new CertificateIndex([
    certificate('default.example'),
    certificate('*.shop.example'),
    certificate('db.shop.example', 'other.example'),
    certificate('db.shop.example'),
    certificate('late.example'),
    certificate('*.example'),
  ]);

  it.each([
    ['other.example', 'db.shop.example+other.example'],
    ['other.example.', 'db.shop.example+other.example'],
    ['db.shop.example', '*.shop.example'],
    ['a.shop.example', '*.shop.example'],
    ['b.a.shop.example', 'default.example'],
    ['shop.example', '*.example'],
    ['late.example', 'late.example'],
    ['elsewhere.test', 'default.example'],
    ['localhost', 'default.example'],
    [undefined, 'default.example'],
  ])('gives %s the first certificate that covers it, else the first: %s', (serverName, name) => {
    expect(index.select(serverName)?.name).toBe(`certificate/ns/${name}`);
  });

  it('gives nothing where there is none', () => {
    expect(new CertificateIndex([]).select('a.example')).toBeUndefined();
  });
});
