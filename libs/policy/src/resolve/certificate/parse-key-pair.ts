// SPDX-License-Identifier: Apache-2.0
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A server certificate whose parts fit together. */
export interface KeyPair {
  /** Leaf first. */
  readonly chainPem: string;
  readonly keyPem: string;
  /** From the leaf's subject alternative names, lower-case. */
  readonly dnsNames: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What became of reading PEM; a reason never holds any of the text read, as that may be a key. */
export type Parsed<Value> =
  { readonly isValid: true; readonly value: Value } | { readonly isValid: false; readonly reason: string };

/** Reads a certificate chain and its private key (RFC 7468) and checks that they belong together. */
export function parseKeyPair(chainPem: string, keyPem: string): Parsed<KeyPair> {
  const chain = parseCertificates(chainPem);
  if (!chain.isValid) return { isValid: false, reason: `\`tls.crt\` ${chain.reason}` };
  const key = privateKeyFromPem(keyPem);
  if (key === undefined) {
    return { isValid: false, reason: '`tls.key` is no private key in PEM form without a passphrase' };
  }
  const leaf = chain.value[0]!;
  if (!leaf.checkPrivateKey(key)) {
    return { isValid: false, reason: '`tls.key` does not belong to the first certificate of `tls.crt`' };
  }
  const value = {
    chainPem,
    keyPem,
    dnsNames: dnsNamesOf(leaf),
    notBeforeMs: leaf.validFromDate.getTime(),
    notAfterMs: leaf.validToDate.getTime(),
  };
  return { isValid: true, value };
}

/** Certificates of authorities, as they are to be trusted. */
export function parseAuthorities(pem: string): Parsed<string> {
  const certificates = parseCertificates(pem);
  return certificates.isValid ? { isValid: true, value: pem } : { isValid: false, reason: `\`ca.crt\` ${certificates.reason}` };
}

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function parseCertificates(pem: string): Parsed<readonly X509Certificate[]> {
  const blocks = pem.match(CERTIFICATE_BLOCK) ?? [];
  if (blocks.length === 0) return { isValid: false, reason: 'holds no certificate in PEM form' };
  const certificates: X509Certificate[] = [];
  for (const block of blocks) {
    const certificate = certificateFromPem(block);
    if (certificate === undefined) {
      return { isValid: false, reason: `holds a PEM block that is no certificate (number ${certificates.length + 1})` };
    }
    certificates.push(certificate);
  }
  return { isValid: true, value: certificates };
}

function certificateFromPem(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function privateKeyFromPem(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function dnsNamesOf(certificate: X509Certificate): readonly string[] {
  const names = (certificate.subjectAltName ?? '').split(', ').filter(name => name.startsWith('DNS:'));
  return names.map(name => name.slice('DNS:'.length).toLowerCase());
}
