// SPDX-License-Identifier: Apache-2.0
import type { RemoteJwtKeys } from '@weir/policy/snapshot';
import { createManualClock, createTestProvider, createTestSigner } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { createTokenVerifiers } from './verifier-table.ts';

const signer = createTestSigner('ES256');

describe('a table of verifiers', () => {
  it('has one for providers that are equal word for word, as long as one of them is used', () => {
    const keySets = { open: () => expect.unreachable(), retain: () => undefined };
    const verifiers = createTokenVerifiers({ clock: createManualClock(), keySets });
    const provider = createTestProvider([signer]);
    const first = verifiers.verifierOf(provider);
    expect(verifiers.verifierOf(structuredClone(provider))).toBe(first);
    expect(verifiers.verifierOf({ ...provider, leewayMs: 1 })).not.toBe(first);
    verifiers.retain([structuredClone(provider)]);
    expect(verifiers.verifierOf(provider)).toBe(first);
    verifiers.retain([]);
    expect(verifiers.verifierOf(provider)).not.toBe(first);
  });

  it('keeps the key sets of those that are used, and has them fetched', () => {
    const retained: string[][] = [];
    let askedCount = 0;
    const keySets = {
      open: () => ({
        current: undefined,
        first: () => {
          askedCount += 1;
          return Promise.reject(new Error('none'));
        },
        refresh: () => undefined,
      }),
      retain: (used: readonly RemoteJwtKeys[]) => retained.push(used.map(({ url }) => url)),
    };
    const verifiers = createTokenVerifiers({ clock: createManualClock(), keySets });
    const keys: RemoteJwtKeys = { kind: 'remote', url: 'https://issuer.example/jwks', refreshMs: 1, allowsPlaintext: false };
    const provider = createTestProvider([signer], { keys });
    verifiers.verifierOf(provider);
    verifiers.retain([provider, createTestProvider([signer])]);
    expect([retained, askedCount]).toEqual([[['https://issuer.example/jwks']], 1]);
  });
});
