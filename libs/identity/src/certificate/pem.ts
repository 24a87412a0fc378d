// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { IdentityError } from '../identity-error.ts';

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^\-]*-----END CERTIFICATE-----/gv;
/** Chains have three; a file of hundreds is a system's store by mistake. */
const MAX_CERTIFICATES = 16;

/** Bytes as PEM (RFC 7468). */
export function writePem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/gv) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Reads certificates in PEM form, in their order; `what` names the text in errors (IdentityError `invalid-certificate`). */
export function parseCertificates(pem: string, what: string): readonly X509Certificate[] {
  const blocks = pem.match(CERTIFICATE_BLOCK) ?? [];
  if (blocks.length === 0) throw refusal(`${what} holds no certificate in PEM form`);
  if (blocks.length > MAX_CERTIFICATES) throw refusal(`${what} holds ${blocks.length} certificates, at most ${MAX_CERTIFICATES}`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw refusal(`${what} holds a PEM block that is no certificate (number ${index + 1})`);
    }
  });
}

/** Reads a private key without passphrase. The error never has the parser's words, which may show the text. */
export function parsePrivateKey(pem: string, what: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new IdentityError('invalid-certificate', {
      message: `${what} holds no private key in PEM form without a passphrase`,
      hint: 'write the key as PKCS #8: openssl pkcs8 -topk8 -nocrypt -in KEY',
    });
  }
}

/** Certificates as PEM, one after the other. */
export function formatCertificates(certificates: readonly X509Certificate[]): string {
  return certificates.map(certificate => certificate.toString()).join('');
}

function refusal(message: string): IdentityError {
  return new IdentityError('invalid-certificate', {
    message,
    hint: 'write the certificates in PEM form, each between BEGIN CERTIFICATE and END CERTIFICATE',
  });
}
