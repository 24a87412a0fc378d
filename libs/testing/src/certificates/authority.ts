// SPDX-License-Identifier: Apache-2.0
// The polyfill comes first: the library's modules ask for it as they load.
import 'reflect-metadata';
import { systemClock } from '@weir/base';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { X509Certificate } from '@peculiar/x509';
import type { webcrypto } from 'node:crypto';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** A certificate chain and its key, both PEM. */
export interface KeyPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A certificate authority that exists only for a test. */
export interface TestAuthority {
  readonly certificatePem: string;
  /** A leaf for these DNS names, IP addresses and URIs, valid for a day. */
  issue(...names: readonly string[]): Promise<KeyPair>;
  /** The same for a life of its own, kept to the second. */
  issueFor(lifetimeMs: number, ...names: readonly string[]): Promise<KeyPair>;
}

export async function createTestAuthority(commonName = 'weir test authority'): Promise<TestAuthority> {
  const keys = await generateKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificatePem: root.toString('pem'),
    issue: (...names) => issue({ root, keys }, names),
    issueFor: (lifetimeMs, ...names) => issue({ root, keys }, names, lifetimeMs),
  };
}

async function issue(
  issuer: { root: X509Certificate; keys: webcrypto.CryptoKeyPair },
  names: readonly string[],
  lifetimeMs = DAY_MS,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const leaf = await X509CertificateGenerator.create({
    ...validity(lifetimeMs),
    subject: `CN=${names[0] ?? 'nobody'}`,
    issuer: issuer.root.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new SubjectAlternativeNameExtension(names.map(value => ({ type: nameTypeOf(value), value })))],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificatePem: leaf.toString('pem'), keyPem: PemConverter.encode(key, 'PRIVATE KEY') };
}

function nameTypeOf(value: string): 'dns' | 'email' | 'ip' | 'url' {
  if (value.includes('://')) return 'url';
  if (value.includes('@')) return 'email';
  return /^[\d.]+$/v.test(value) ? 'ip' : 'dns';
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** From an hour ago, as clocks differ. */
function validity(lifetimeMs = DAY_MS): { notBefore: Date; notAfter: Date } {
  const now = systemClock.wallMs();
  return { notBefore: new Date(now - DAY_MS / 24), notAfter: new Date(now + lifetimeMs) };
}
