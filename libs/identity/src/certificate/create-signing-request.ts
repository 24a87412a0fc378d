// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { DER } from './der-reader.ts';
import { writeDer } from './der-writer.ts';
import { writePem } from './pem.ts';

/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 §3.2). */
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');

/**
 * A request to certify this ECDSA P-256 key (PKCS #10, RFC 2986), signed with it as the proof that it is ours. It asks for nothing else:
 * what a certificate says is the authority's decision. Written by hand, as the library for it takes 24 MB of a proxy's memory.
 */
export function createSigningRequest(privateKey: KeyObject): string {
  const subjectPublicKeyInfo = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const info = writeDer(
    DER.sequence,
    writeDer(DER.integer, Buffer.of(0)),
    writeDer(DER.sequence), // no subject
    subjectPublicKeyInfo,
    writeDer(DER.context0), // no attributes
  );
  const signature = sign('sha256', info, privateKey);
  const request = writeDer(
    DER.sequence,
    info,
    writeDer(DER.sequence, writeDer(DER.objectIdentifier, ECDSA_WITH_SHA256)),
    writeDer(DER.bitString, Buffer.of(0), signature),
  );
  return writePem('CERTIFICATE REQUEST', request);
}
