// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CART_URI, makeCertificate } from '../identity-lab.ts';
import { certificatePartsOf } from './certificate-parts.ts';
import { readDer } from './der-reader.ts';
import { writeDer } from './der-writer.ts';

const { certificate } = await makeCertificate({ dnsNames: ['cart.shop'] });

/** With other bytes than OpenSSL would let through. */
function withRaw(raw: Uint8Array): X509Certificate {
  const changed: X509Certificate = Object.create(certificate, { raw: { value: Buffer.from(raw) } });
  return changed;
}

describe('what a certificate says', () => {
  it('is read from its extensions', () => {
    expect(certificatePartsOf(certificate)).toEqual({
      isAuthority: false,
      maxAuthoritiesBelow: undefined,
      allowsSignatures: true,
      allowsSigningCertificates: false,
      allowsServers: true,
      allowsClients: true,
      uris: [CART_URI],
      hasUnknownCriticalExtension: false,
    });
  });

  it('tells of an authority what is below it', async () => {
    const { certificate: authority } = await makeCertificate({ authority: { below: 3 } });
    expect(certificatePartsOf(authority)).toMatchObject({
      isAuthority: true,
      maxAuthoritiesBelow: 3,
      allowsSigningCertificates: true,
    });
  });

  it('is read without an error from anything, and never from a part', () => {
    const { raw } = certificate;
    for (let length = 0; length < raw.length; length++) {
      expect(certificatePartsOf(withRaw(raw.subarray(0, length)))).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(raw);
        changed[at] = byte;
        expect(() => certificatePartsOf(withRaw(changed))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('DER', () => {
  it('is read as it was written, whatever its length', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 127, 128, 255, 256, 70_000), fc.nat(255), (length, byte) => {
        const content = Buffer.alloc(length, byte);
        expect(readDer(writeDer(0x30, content))).toEqual([{ tag: 0x30, content }]);
      }),
    );
  });

  it.each(['30', '3001', '3080', '308100'.slice(0, 4), '3084ffffffff', '30850000000000', '300500'])(
    'is not read from %s',
    hex => {
      expect(readDer(Buffer.from(hex, 'hex'))).toBeUndefined();
    },
  );
});
