// SPDX-License-Identifier: Apache-2.0
// The polyfill comes first: the library's modules ask for it as they load.
import 'reflect-metadata';
import { X509Certificate, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Authority } from './authority/authority.ts';
import { P256 } from './authority/signing-key.ts';
import { createTrustBundle } from './bundle/trust-bundle.ts';
import type { TrustBundle } from './bundle/trust-bundle.ts';
import { createSigningRequest } from './certificate/create-signing-request.ts';
import { DER } from './certificate/der-reader.ts';
import { writeDer } from './certificate/der-writer.ts';
import { writePem } from './certificate/pem.ts';
import { Credential } from './keeper/credential.ts';
import type { SpiffeId } from './spiffe-id.ts';

/** For tests: certificates that no authority of Weir would make, and shortcuts for those that it makes. */

export const TRUST_DOMAIN = 'weir.local';
export const CART: SpiffeId = { trustDomain: TRUST_DOMAIN, namespace: 'shop', name: 'cart' };
export const STOCK: SpiffeId = { trustDomain: TRUST_DOMAIN, namespace: 'shop', name: 'stock' };
export const CART_URI = 'spiffe://weir.local/ns/shop/sa/cart';
/** 2026-01-01. */
export const NOW_MS = Date.UTC(2026, 0, 1);
export const DAY_MS = 86_400_000;

export function createKey(namedCurve = 'P-256'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

/** A leaf of this authority, as a proxy would have it. */
export async function leafOf(authority: Authority, id: SpiffeId): Promise<Credential> {
  const key = createKey();
  const { chainPem } = await authority.sign(createSigningRequest(key), id);
  return new Credential(chainPem, pemOf(key));
}

export interface CertificatePlan {
  readonly name?: string;
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly authority?: { readonly below?: number } | undefined;
  /** As the extension's bits stand in its first byte (RFC 5280 §4.2.1.3): 0x80 signs, 0x20 enciphers keys, 0x04 signs certificates. */
  readonly keyUsage?: number;
  readonly uses?: readonly string[];
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  readonly extensions?: readonly Extension[];
}

export interface Made {
  readonly certificate: X509Certificate;
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

const BOTH_USES = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];

/** Whatever is asked for; without an issuer it signs itself. Unless said otherwise a good leaf for `CART_URI`. */
export async function makeCertificate(plan: CertificatePlan, issuer?: Made): Promise<Made> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const made = await X509CertificateGenerator.create({
    subject: `CN=${plan.name ?? 'leaf'}`,
    issuer: issuer === undefined ? `CN=${plan.name ?? 'leaf'}` : issuer.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: P256,
    notBefore: new Date(plan.notBeforeMs ?? NOW_MS - DAY_MS),
    notAfter: new Date(plan.notAfterMs ?? NOW_MS + DAY_MS),
    extensions: [...extensionsOf(plan), ...(plan.extensions ?? [])],
  });
  const certificatePem = `${made.toString('pem')}\n`;
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const keyPem = writePem('PRIVATE KEY', new Uint8Array(exported));
  return { certificate: new X509Certificate(certificatePem), certificatePem, keyPem, keys };
}

/** A self-signed root. */
export function makeTestRoot(plan: CertificatePlan = {}): Promise<Made> {
  return makeCertificate({ name: 'root', authority: {}, ...plan });
}

export function bundleOf(...roots: readonly Made[]): TrustBundle {
  return createTrustBundle({
    trustDomain: TRUST_DOMAIN,
    sequence: 1,
    rootsPem: roots.map(({ certificatePem }) => certificatePem).join(''),
    issuingRoot: roots[0]!.certificate.fingerprint256,
  });
}

/** A self-signed root with a key of any kind. */
export async function makeRootFor(privateKey: KeyObject): Promise<string> {
  const { namedCurve } = privateKey.asymmetricKeyDetails ?? {};
  const algorithm =
    namedCurve === undefined
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : { name: 'ECDSA', namedCurve: namedCurve === 'secp384r1' ? 'P-384' : 'P-256', hash: 'SHA-384' };
  const root = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=root',
    keys: {
      privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
      publicKey: createPublicKey(privateKey).toCryptoKey(algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
    notBefore: new Date(NOW_MS - DAY_MS),
    notAfter: new Date(NOW_MS + DAY_MS),
    extensions: [...extensionsOf({ authority: {} })],
  });
  return `${root.toString('pem')}\n`;
}

/** Critical, and of no use: whoever does not understand it must refuse. */
export const UNKNOWN_CRITICAL = new Extension('1.3.6.1.4.1.55555.1', true, Buffer.from('0500', 'hex'));

export function createUriName(value: string): Extension {
  return new SubjectAlternativeNameExtension([{ type: 'url', value }]);
}

export function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' });
}

/** Pieces of a key's text that must not show up anywhere: each line of it. */
export function secretsIn(keyPem: string): readonly string[] {
  return keyPem.split('\n').filter(line => line !== '' && !line.startsWith('-----'));
}

function createKeyUsage(bits: number): Extension {
  return new Extension('2.5.29.15', true, writeDer(DER.bitString, Buffer.of(0, bits)));
}

function extensionsOf({ authority, keyUsage, uses, uris, dnsNames = [] }: CertificatePlan): readonly Extension[] {
  if (authority !== undefined) {
    return [new BasicConstraintsExtension(true, authority.below, true), createKeyUsage(keyUsage ?? 0x04)];
  }
  const names = [
    ...(uris ?? [CART_URI]).map(value => ({ type: 'url' as const, value })),
    ...dnsNames.map(value => ({ type: 'dns' as const, value })),
  ];
  return [
    createKeyUsage(keyUsage ?? 0x80),
    new ExtendedKeyUsageExtension([...(uses ?? BOTH_USES)]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
  ];
}
