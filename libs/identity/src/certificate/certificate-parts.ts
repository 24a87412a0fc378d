// SPDX-License-Identifier: Apache-2.0
import type { X509Certificate } from 'node:crypto';
import { DER, readDer, readDerWithin } from './der-reader.ts';
import type { DerElement } from './der-reader.ts';

/**
 * What a certificate's extensions say (RFC 5280 §4.2), of those that Node's class does not show. Read from DER and not from Node's text of
 * the names, in which one name can look like two.
 */
export interface CertificateParts {
  readonly isAuthority: boolean;
  /** Of authorities below it; undefined = any number. */
  readonly maxAuthoritiesBelow: number | undefined;
  readonly allowsSignatures: boolean;
  readonly allowsSigningCertificates: boolean;
  readonly allowsServers: boolean;
  readonly allowsClients: boolean;
  readonly uris: readonly string[];
  /** A critical extension that is not understood here; whoever does not understand it must refuse (RFC 5280 §4.2). */
  readonly hasUnknownCriticalExtension: boolean;
}

/** Object identifiers 2.5.29.x as DER has them, in hex. */
const BASIC_CONSTRAINTS = '551d13';
const KEY_USAGE = '551d0f';
const SUBJECT_ALT_NAME = '551d11';
const EXTENDED_KEY_USAGE = '551d25';
const UNDERSTOOD: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_ALT_NAME, EXTENDED_KEY_USAGE]);

/** 1.3.6.1.5.5.7.3.1 and .2 (RFC 5280 §4.2.1.12). */
const SERVER_AUTHENTICATION = '2b06010505070301';
const CLIENT_AUTHENTICATION = '2b06010505070302';

/** Bits of the key usage extension, counted from the highest (RFC 5280 §4.2.1.3). */
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** Undefined where the certificate is not made as RFC 5280 §4.1 says. */
export function certificatePartsOf({ raw }: X509Certificate): CertificateParts | undefined {
  const extensions = readExtensions(raw);
  if (extensions === undefined) return undefined;
  const byId = new Map(extensions.map(extension => [extension.id, extension.value]));
  const constraints = readBasicConstraints(byId.get(BASIC_CONSTRAINTS));
  const usage = readKeyUsage(byId.get(KEY_USAGE));
  const uses = readUses(byId.get(EXTENDED_KEY_USAGE));
  const uris = readUris(byId.get(SUBJECT_ALT_NAME));
  if (constraints === undefined || usage === undefined || uses === undefined || uris === undefined) return undefined;
  return {
    ...constraints,
    allowsSignatures: (usage & DIGITAL_SIGNATURE) !== 0,
    allowsSigningCertificates: (usage & KEY_CERT_SIGN) !== 0,
    allowsServers: uses.includes(SERVER_AUTHENTICATION),
    allowsClients: uses.includes(CLIENT_AUTHENTICATION),
    uris,
    hasUnknownCriticalExtension: extensions.some(({ id, isCritical }) => isCritical && !UNDERSTOOD.has(id)),
  };
}

interface Extension {
  readonly id: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** Undefined also where one stands there twice (RFC 5280 §4.2): readers would take different ones. */
function readExtensions(raw: Uint8Array): readonly Extension[] | undefined {
  const [toBeSigned] = readDerWithin(raw, DER.sequence) ?? [];
  const fields = toBeSigned === undefined ? undefined : readDer(toBeSigned.content);
  if (fields === undefined) return undefined;
  const holder = fields.find(({ tag }) => tag === DER.context3);
  if (holder === undefined) return [];
  const extensions = readDerWithin(holder.content, DER.sequence)?.map(readExtension);
  if (extensions?.every(extension => extension !== undefined) !== true) return undefined;
  const hasTwice = new Set(extensions.map(({ id }) => id)).size !== extensions.length;
  return hasTwice ? undefined : extensions;
}

function readExtension({ content }: DerElement): Extension | undefined {
  const parts = readDer(content) ?? [];
  const [id, value] = [parts[0], parts.at(-1)];
  if (id?.tag !== DER.objectIdentifier || value?.tag !== DER.octetString) return undefined;
  const isCritical = parts.some(({ tag, content: [flag] }) => tag === DER.boolean && flag !== 0);
  return { id: Buffer.from(id.content).toString('hex'), isCritical, value: value.content };
}

function readBasicConstraints(
  value: Uint8Array | undefined,
): Pick<CertificateParts, 'isAuthority' | 'maxAuthoritiesBelow'> | undefined {
  const none = { isAuthority: false, maxAuthoritiesBelow: undefined };
  if (value === undefined) return none;
  const parts = readDerWithin(value, DER.sequence);
  if (parts === undefined) return undefined;
  const isAuthority = parts.some(({ tag, content: [flag] }) => tag === DER.boolean && flag !== 0);
  const limit = parts.find(({ tag }) => tag === DER.integer)?.content;
  if (limit !== undefined && (limit.length !== 1 || limit[0]! > 0x7f)) return undefined;
  return { isAuthority, maxAuthoritiesBelow: limit?.[0] };
}

/** Without the extension a key may be used for everything (RFC 5280 §4.2.1.3). */
function readKeyUsage(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return 0xff;
  const [bits, ...more] = readDer(value) ?? [];
  return bits?.tag === DER.bitString && more.length === 0 ? bits.content[1] : undefined;
}

/** Without the extension nothing is allowed: a leaf of a mesh says what it is for. */
function readUses(value: Uint8Array | undefined): readonly string[] | undefined {
  if (value === undefined) return [];
  return readDerWithin(value, DER.sequence)?.map(({ content }) => Buffer.from(content).toString('hex'));
}

/** Of the general names, those with the tag [6] (RFC 5280 §4.2.1.6). */
function readUris(value: Uint8Array | undefined): readonly string[] | undefined {
  if (value === undefined) return [];
  const names = readDerWithin(value, DER.sequence);
  return names?.filter(({ tag }) => tag === DER.context6).map(({ content }) => Buffer.from(content).toString('latin1'));
}
