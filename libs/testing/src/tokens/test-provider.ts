// SPDX-License-Identifier: Apache-2.0
import type { JwtProvider } from '@weir/policy/snapshot';
import type { TestSigner } from './test-signer.ts';

const TEST_ISSUER = 'https://issuer.example';

/** A provider that trusts the signers and takes all their algorithms, with the leeway of a minute; `changes` to it. */
export function createTestProvider(signers: readonly TestSigner[], changes: Partial<JwtProvider> = {}): JwtProvider {
  return {
    name: 'issuer',
    issuer: TEST_ISSUER,
    audiences: [],
    algorithms: [...new Set(signers.map(({ algorithm }) => algorithm))],
    leewayMs: 60_000,
    requiresExpiry: true,
    requiredClaims: [],
    keys: { kind: 'inline', jwks: JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }) },
    sources: [{ kind: 'header', name: 'authorization', prefix: 'Bearer ' }],
    claimHeaders: [],
    forwardsToken: false,
    ...changes,
  };
}

/** Claims that the test provider accepts for an hour from `wallMs` on. */
export function createTestClaims(wallMs: number): { readonly iss: string; readonly sub: string; readonly exp: number } {
  return { iss: TEST_ISSUER, sub: 'alice', exp: wallMs / 1000 + 3600 };
}
