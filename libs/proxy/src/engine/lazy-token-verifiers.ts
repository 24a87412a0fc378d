// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import type { TokenVerifiers } from '@weir/filters';
import type { KeySetReport } from '@weir/filters/jwt';
import type { JwtProvider } from '@weir/policy/snapshot';

export interface TokenVerifiersOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Called once for each fetch of a key set. */
  readonly onKeySetFetched: (report: KeySetReport) => void;
}

interface Loaded extends TokenVerifiers {
  close(): void;
}

/** Verifiers of tokens, loaded with the first policy that needs them: most workers never verify a token, and it takes memory. */
export class LazyTokenVerifiers implements TokenVerifiers {
  private readonly options: TokenVerifiersOptions;
  private loading: Promise<Loaded> | undefined = undefined;
  private loaded: Loaded | undefined = undefined;

  constructor(options: TokenVerifiersOptions) {
    this.options = options;
  }

  /** To be awaited before `verifierOf`. */
  async load(): Promise<void> {
    this.loading ??= loadVerifiers(this.options);
    this.loaded = await this.loading;
  }

  verifierOf(provider: JwtProvider): ReturnType<TokenVerifiers['verifierOf']> {
    if (this.loaded === undefined) throw new Error('what verifies tokens is not loaded');
    return this.loaded.verifierOf(provider);
  }

  retain(providers: readonly JwtProvider[]): void {
    this.loaded?.retain(providers);
  }

  /** Ends fetches, and that any more are made. */
  close(): void {
    this.loaded?.close();
  }
}

async function loadVerifiers({ clock, random, onKeySetFetched }: TokenVerifiersOptions): Promise<Loaded> {
  const [{ createKeySetCache, createTokenVerifiers }, { createHttpKeySetSource }] = await Promise.all([
    import('@weir/filters/jwt'),
    import('../key-sets/index.ts'),
  ]);
  const source = createHttpKeySetSource({ authoritiesPem: undefined, nameServers: undefined });
  const fetchKeySet = (url: string, signal: AbortSignal): Promise<string> => source.fetchKeySet(url, signal);
  const keySets = createKeySetCache({ clock, random, fetchKeySet, onFetch: onKeySetFetched });
  return {
    ...createTokenVerifiers({ clock, keySets }),
    close() {
      keySets.retain([]);
      source.close();
    },
  };
}
