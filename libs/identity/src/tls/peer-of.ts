// SPDX-License-Identifier: Apache-2.0
import type { TLSSocket } from 'node:tls';
import { reasonWords } from '@weir/base';
import { quoted } from '../identity-error.ts';
import { checkLeaf } from '../verify/check-leaf.ts';
import type { Expectation, Trusted } from '../verify/check-leaf.ts';
import { refusalOf } from '../verify/refusal.ts';
import type { Refusal, RefusalCode } from '../verify/refusal.ts';

/** Names of OpenSSL's verification errors (x509_vfy.h) as Node gives them. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'other-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'other-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'other-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'other-authority',
  CERT_SIGNATURE_FAILURE: 'other-authority',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  INVALID_PURPOSE: 'other-use',
  INVALID_CA: 'broken-chain',
  PATH_LENGTH_EXCEEDED: 'broken-chain',
  CERT_CHAIN_TOO_LONG: 'broken-chain',
};

/**
 * Who is at the other end of a connection whose handshake is done. TLS has verified the chain with the bundle of the socket's context; this
 * reads the leaf alone, some microseconds. Refused where TLS did not verify it, whatever the certificate says.
 */
export function peerOf(socket: TLSSocket, expectation: Expectation): Refusal | Trusted {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return refusalOf('no-certificate');
  if (!socket.authorized) return refusalFromTls(socket.authorizationError);
  return checkLeaf(leaf, expectation);
}

/** Says in our words what OpenSSL found, as `authorizationError` or an error's `code` has it. */
export function refusalFromTls(found: unknown): Refusal {
  const code = reasonWords(found);
  return refusalOf(CODES[code] ?? 'unverified', quoted(code));
}
