// SPDX-License-Identifier: Apache-2.0
import { keySetUrlProblem, parseKeySet } from '@weir/policy/snapshot';
import type { JwtKeys, KeySet, RemoteJwtKeys } from '@weir/policy/snapshot';
import { TokenRefusal } from './token-refusal.ts';

/** The keys of one provider, which may change. */
export interface KeySource {
  /** What is held now; the same object as long as the keys are the same. Undefined = there are none (yet). */
  readonly current: KeySet | undefined;
  /** The first keys. Rejects with a TokenRefusal `keys_unavailable`: at once, or within the deadline of a fetch. */
  first(): Promise<KeySet>;
  /** Asks for newer keys, for a token that names none of those held; undefined = not now. Never rejects: it resolves with what is held. */
  refresh(): Promise<KeySet> | undefined;
}

/** Key sets that are fetched; see `createKeySetCache`. */
export interface KeySets {
  open(keys: RemoteJwtKeys): KeySource;
}

/** What cannot be used becomes a source without keys, which says why. */
export function openKeySource(keys: JwtKeys, keySets: KeySets): KeySource {
  switch (keys.kind) {
    case 'inline':
      return inlineSource(keys.jwks);
    case 'remote': {
      const problem = keySetUrlProblem(keys.url, keys);
      return problem === undefined ? keySets.open(keys) : sourceWithoutKeys(problem);
    }
    case 'unresolved':
      return sourceWithoutKeys(keys.detail);
  }
}

function inlineSource(jwks: string): KeySource {
  try {
    const current = parseKeySet(jwks, { allowsSecrets: true });
    return { current, first: () => Promise.resolve(current), refresh: () => undefined };
  } catch (error) {
    return sourceWithoutKeys(error instanceof Error ? error.message : 'the key set cannot be read');
  }
}

function sourceWithoutKeys(detail: string): KeySource {
  return {
    current: undefined,
    first: () => Promise.reject(new TokenRefusal('keys_unavailable', detail)),
    refresh: () => undefined,
  };
}
