// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import type { Clock } from '@weir/base';
import type { JwtProvider } from '@weir/policy/snapshot';
import type { TokenVerifiers } from '../access/token-verifiers.ts';
import { createJwtVerifier } from './jwt-verifier.ts';
import type { JwtVerifier } from './jwt-verifier.ts';
import type { KeySetCache } from './key-set-cache.ts';
import { openKeySource } from './key-source.ts';

export interface TokenVerifiersPorts {
  readonly clock: Clock;
  readonly keySets: KeySetCache;
}

/** The verifiers of one worker. */
export function createTokenVerifiers({ clock, keySets }: TokenVerifiersPorts): TokenVerifiers {
  const verifiers = new Map<string, JwtVerifier>();
  return {
    verifierOf(provider) {
      const key = digestOf(provider);
      const known = verifiers.get(key);
      if (known !== undefined) return known;
      const verifier = createJwtVerifier(provider, { clock, keySets });
      verifiers.set(key, verifier);
      return verifier;
    },
    retain(providers) {
      const used = new Set(providers.map(digestOf));
      for (const key of verifiers.keys()) if (!used.has(key)) verifiers.delete(key);
      const remote = providers.flatMap(({ keys }) => (keys.kind === 'remote' ? keys : []));
      keySets.retain(remote);
      // Before a request needs them: an issuer that is away later is then missed by nobody. What fails is tried again, and reported.
      for (const keys of remote) {
        openKeySource(keys, keySets)
          .first()
          .catch(() => undefined);
      }
    },
  };
}

const digests = new WeakMap<JwtProvider, string>();

/** Of providers that are equal word for word, the same. A digest, as the keys that may be in one are secrets, and are not kept twice. */
function digestOf(provider: JwtProvider): string {
  const digest = digests.get(provider) ?? hash('sha256', JSON.stringify(provider));
  digests.set(provider, digest);
  return digest;
}
