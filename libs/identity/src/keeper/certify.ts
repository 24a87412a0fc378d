// SPDX-License-Identifier: Apache-2.0
import { generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { TrustBundleData } from '../bundle/trust-bundle.ts';
import { createSigningRequest } from '../certificate/create-signing-request.ts';

/** What a control plane answers to a signing request. */
export interface Certified {
  /** Leaf first, without the root. */
  readonly chainPem: string;
  readonly bundle: TrustBundleData;
}

/** Asks a control plane to certify a key; proves who asks by means of its own (join token, present leaf, service-account token). */
export type Certify = (requestPem: string, signal: AbortSignal) => Promise<Certified>;

export interface FreshKey {
  readonly requestPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

const generate = promisify(generateKeyPair);

/** A new key for each leaf, and the request to certify it. */
export async function createFreshKey(): Promise<FreshKey> {
  const { privateKey }: { privateKey: KeyObject } = await generate('ec', { namedCurve: 'P-256' });
  return {
    requestPem: createSigningRequest(privateKey),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}
