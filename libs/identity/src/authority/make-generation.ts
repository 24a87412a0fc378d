// SPDX-License-Identifier: Apache-2.0
import { webcrypto } from 'node:crypto';
import type { Clock, Random } from '@weir/base';
import { writePem } from '../certificate/pem.ts';
import type { GivenAuthority } from './generation.ts';
import { createSerialNumber, makeIntermediate, makeRoot } from './make-certificate.ts';
import type { Issuer, Validity } from './make-certificate.ts';
import { P256 } from './signing-key.ts';

const DAY_MS = 86_400_000;
/** Rotating it needs every peer. */
const ROOT_LIFETIME_MS = 3650 * DAY_MS;
/** It is renewed without anybody's help, in good time. */
const INTERMEDIATE_LIFETIME_MS = 365 * DAY_MS;
/** Whose clock is behind ours believes a fresh certificate all the same. */
export const CLOCK_SKEW_MS = 60_000;

export interface Maker {
  readonly clock: Clock;
  readonly random: Random;
}

/** A self-made authority, with the root's key to make further intermediates with. */
export interface SelfMade extends GivenAuthority {
  readonly rootKeyPem: string;
}

/** A root and an intermediate below it, ECDSA P-256. `label` tells roots of one trust domain apart. */
export async function makeGeneration(label: string, { clock, random }: Maker): Promise<SelfMade> {
  const keys = await generateKeys();
  const rootPem = await makeRoot(
    {
      commonName: `weir root ${label}`,
      publicKey: keys.publicKey,
      serialNumber: createSerialNumber(random),
      authoritiesBelow: 1,
      ...validityFrom(clock.wallMs(), ROOT_LIFETIME_MS),
    },
    { key: keys.privateKey, algorithm: P256 },
  );
  const root = { certificatePem: rootPem, signingKey: { key: keys.privateKey, algorithm: P256 } };
  const issuing = await makeIssuer({ label, root, rootNotAfterMs: Infinity }, { clock, random });
  return { ...issuing, rootKeyPem: await exportKey(keys.privateKey) };
}

interface IssuerPlan {
  readonly label: string;
  readonly root: Issuer;
  readonly rootNotAfterMs: number;
}

/** A fresh intermediate below the root, and its key. */
export async function makeIssuer({ label, root, rootNotAfterMs }: IssuerPlan, { clock, random }: Maker): Promise<GivenAuthority> {
  const keys = await generateKeys();
  const { notBeforeMs, notAfterMs } = validityFrom(clock.wallMs(), INTERMEDIATE_LIFETIME_MS);
  const plan = {
    commonName: `weir intermediate ${label}`,
    publicKey: keys.publicKey,
    serialNumber: createSerialNumber(random),
    authoritiesBelow: 0,
    notBeforeMs,
    notAfterMs: Math.min(notAfterMs, rootNotAfterMs),
  };
  const certificatePem = await makeIntermediate(plan, root);
  return { chainPem: `${certificatePem}${root.certificatePem}`, keyPem: await exportKey(keys.privateKey) };
}

/** From a little before now. */
export function validityFrom(nowMs: number, lifetimeMs: number): Validity {
  return { notBeforeMs: nowMs - CLOCK_SKEW_MS, notAfterMs: nowMs + lifetimeMs };
}

/** ECDSA P-256, to be written down. */
export function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
}

/** PKCS #8 in PEM form. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return writePem('PRIVATE KEY', new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', key)));
}
