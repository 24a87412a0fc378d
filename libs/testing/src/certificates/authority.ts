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

const ALGORITHMS = {
  ecdsa: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
};

/** What keys of an authority, and of its leaves, are for. */
export type TestKeys = keyof typeof ALGORITHMS;
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

export async function createTestAuthority(commonName = 'weir test authority', kind: TestKeys = 'ecdsa'): Promise<TestAuthority> {
  const keys = await generateKeys(kind);
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHMS[kind],
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificatePem: root.toString('pem'),
    issue: (...names) => issue({ root, keys, kind }, names),
    issueFor: (lifetimeMs, ...names) => issue({ root, keys, kind }, names, lifetimeMs),
  };
}

interface Issuer {
  readonly root: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly kind: TestKeys;
}

async function issue(issuer: Issuer, names: readonly string[], lifetimeMs = DAY_MS): Promise<KeyPair> {
  const keys = await generateKeys(issuer.kind);
  const leaf = await X509CertificateGenerator.create({
    ...validity(lifetimeMs),
    subject: `CN=${names[0] ?? 'nobody'}`,
    issuer: issuer.root.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: ALGORITHMS[issuer.kind],
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

function generateKeys(kind: TestKeys): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHMS[kind], true, ['sign', 'verify']);
}

/** From an hour ago, as clocks differ. */
function validity(lifetimeMs = DAY_MS): { notBefore: Date; notAfter: Date } {
  const now = systemClock.wallMs();
  return { notBefore: new Date(now - DAY_MS / 24), notAfter: new Date(now + lifetimeMs) };
}
