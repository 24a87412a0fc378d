// SPDX-License-Identifier: Apache-2.0
import { createTestSigner } from '@weir/testing';
import type { TokenSetup } from '../peers/peer.ts';

/** Valid for longer than any run. */
const EXPIRES_S = 4_102_444_800;

/** An issuer with tokens of some 500 characters, RS256, all of one subject and each another one. */
export function createBenchTokens(count: number): { readonly setup: TokenSetup; readonly tokens: readonly string[] } {
  const signer = createTestSigner('RS256', 'bench');
  const setup = {
    issuer: 'https://issuer.example',
    audience: 'shop',
    subject: 'alice',
    jwks: JSON.stringify({ keys: [{ ...signer.jwk, alg: 'RS256' }] }),
  };
  const claims = { iss: setup.issuer, aud: setup.audience, sub: setup.subject, exp: EXPIRES_S };
  return { setup, tokens: Array.from({ length: count }, (_, index) => signer.sign({ ...claims, jti: String(index) })) };
}
