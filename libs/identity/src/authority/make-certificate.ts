// SPDX-License-Identifier: Apache-2.0
// The polyfill comes first: the library's modules ask for it as they load.
import 'reflect-metadata';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension, JsonGeneralName, PublicKeyType } from '@peculiar/x509';
import type { Random } from '@weir/base';
import type { SigningKey } from './signing-key.ts';

/** When a certificate begins and ends, in milliseconds since the Unix epoch; kept to the second. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What all certificates have. */
interface CertificatePlan extends Validity {
  /** In hex, of `createSerialNumber`. */
  readonly serialNumber: string;
  readonly publicKey: PublicKeyType;
}

/** Who signs. */
export interface Issuer {
  readonly certificatePem: string;
  readonly signingKey: SigningKey;
}

interface AuthorityPlan extends CertificatePlan {
  readonly commonName: string;
  /** How many authorities may be between it and a leaf. */
  readonly authoritiesBelow: number;
}

const SERIAL_BYTES = 16;

/** 128 bits of the system's chance. Positive: a byte of zero goes before a first bit of one (RFC 5280 §4.1.2.2). */
export function createSerialNumber(random: Random): string {
  const hex = random.hex(SERIAL_BYTES);
  return Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex;
}

/** The certificate of a root, signed by itself. */
export async function makeRoot(plan: AuthorityPlan, signingKey: SigningKey): Promise<string> {
  const name = nameOf(plan.commonName);
  const extensions = await authorityExtensions(plan);
  return make({ ...plan, subject: name, issuer: name, extensions }, signingKey);
}

/** The certificate of an authority below another one. */
export async function makeIntermediate(plan: AuthorityPlan, issuer: Issuer): Promise<string> {
  const parent = new X509Certificate(issuer.certificatePem);
  const extensions = [...(await authorityExtensions(plan)), await AuthorityKeyIdentifierExtension.create(parent.publicKey)];
  return make({ ...plan, subject: nameOf(plan.commonName), issuer: parent.subject, extensions }, issuer.signingKey);
}

interface LeafPlan extends CertificatePlan {
  readonly uri: string;
}

/** A leaf for one SPIFFE id (X509-SVID): no other name, and good for both sides of TLS. */
export async function makeLeaf({ uri, ...plan }: LeafPlan, issuer: Issuer): Promise<string> {
  const parent = new X509Certificate(issuer.certificatePem);
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    // Critical, as there is no subject beside it (RFC 5280 §4.2.1.6).
    new SubjectAlternativeNameExtension([{ type: 'url', value: uri }], true),
    await AuthorityKeyIdentifierExtension.create(parent.publicKey),
  ];
  return make({ ...plan, subject: '', issuer: parent.subject, extensions }, issuer.signingKey);
}

interface ServerPlan extends CertificatePlan {
  /** Of DNS, and IP addresses. */
  readonly names: readonly string[];
}

/** A leaf for a server that others than proxies ask, by name. */
export async function makeServerLeaf({ names, ...plan }: ServerPlan, issuer: Issuer): Promise<string> {
  const parent = new X509Certificate(issuer.certificatePem);
  const generalNames = names.map((value): JsonGeneralName => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }));
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(generalNames, true),
    await AuthorityKeyIdentifierExtension.create(parent.publicKey),
  ];
  return make({ ...plan, subject: '', issuer: parent.subject, extensions }, issuer.signingKey);
}

interface Plan extends CertificatePlan {
  readonly subject: string;
  readonly issuer: string;
  readonly extensions: Extension[];
}

async function make({ notBeforeMs, notAfterMs, ...plan }: Plan, { key, algorithm }: SigningKey): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    ...plan,
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notAfterMs),
    signingKey: key,
    signingAlgorithm: algorithm,
  });
  return `${certificate.toString('pem')}\n`;
}

async function authorityExtensions({ publicKey, authoritiesBelow }: AuthorityPlan): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, authoritiesBelow, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

function nameOf(commonName: string): string {
  return `CN=${commonName}, O=Weir`;
}
