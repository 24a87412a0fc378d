// SPDX-License-Identifier: Apache-2.0
// The polyfill comes first: the library's modules ask for it as they load.
import 'reflect-metadata';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import type { PublicKey } from '@peculiar/x509';
import { IdentityError } from '../identity-error.ts';
import { P256 } from './signing-key.ts';

/** One for a P-256 key has 350 bytes. */
const MAX_LENGTH = 16_384;

/**
 * Reads a signing request (PKCS #10) and returns its key, which the request proves to hold. Names, extensions and attributes in it are not
 * looked at: who asks is proved by other means, and the authority decides the rest. Throws IdentityError `invalid-request`.
 */
export async function checkSigningRequest(pem: string): Promise<PublicKey> {
  if (pem.length > MAX_LENGTH) throw refusal(`it has ${pem.length} characters, at most ${MAX_LENGTH}`);
  const { request, publicKey } = parseRequest(pem);
  assertP256(publicKey);
  if (!(await isProved(request))) throw refusal('its signature was not made with its key');
  return publicKey;
}

/** The library's type of an algorithm is that of browsers, which is not known here. */
function assertP256(publicKey: PublicKey): void {
  const algorithm: unknown = Reflect.get(publicKey, 'algorithm');
  const { name, namedCurve }: { name?: unknown; namedCurve?: unknown } = typeof algorithm === 'object' ? { ...algorithm } : {};
  if (name === P256.name && namedCurve === P256.namedCurve) return;
  throw refusal(`its key is ${[name, namedCurve].join(' ').trimEnd()}, and must be ECDSA P-256`);
}

/** The key is parsed when it is asked for, which throws as well. */
function parseRequest(pem: string): { readonly request: Pkcs10CertificateRequest; readonly publicKey: PublicKey } {
  try {
    const request = new Pkcs10CertificateRequest(pem);
    return { request, publicKey: request.publicKey };
  } catch {
    throw refusal('it is no PKCS #10 request in PEM form');
  }
}

/** A key that is no point of its curve throws. */
async function isProved(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}

function refusal(message: string): IdentityError {
  return new IdentityError('invalid-request', {
    message: `the signing request is refused: ${message}`,
    hint: 'ask with a fresh ECDSA P-256 key and a request that is signed with it',
  });
}
