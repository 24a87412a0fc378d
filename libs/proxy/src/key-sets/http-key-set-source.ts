// SPDX-License-Identifier: Apache-2.0
import type { GuardedFetch } from './guarded-fetch.ts';

export interface HttpKeySetSourceOptions {
  /** Who may vouch for servers of key sets; undefined = whom Node trusts, and NODE_EXTRA_CA_CERTS. */
  readonly authoritiesPem: string | undefined;
  /** `address:port` of the name servers to ask; undefined = those of the system. */
  readonly nameServers: readonly string[] | undefined;
}

/** Fetches key sets, for `createKeySetCache`. */
export interface HttpKeySetSource {
  /** The text of what `url` (http: or https:) answers; see `keySetUrlProblem` for what may be asked. */
  fetchKeySet(url: string, signal: AbortSignal): Promise<string>;
  /** Ends what is under way. What is asked afterwards is refused. */
  close(): void;
}

/** Loads nothing before the first fetch: most workers never make one, and HTTP clients, name resolver and breaker take memory. */
export function createHttpKeySetSource(options: HttpKeySetSourceOptions): HttpKeySetSource {
  const closing = new AbortController();
  let loading: Promise<GuardedFetch> | undefined;
  return {
    async fetchKeySet(url, signal) {
      loading ??= import('./guarded-fetch.ts').then(loaded => loaded.createGuardedFetch(options, closing.signal));
      const guarded = await loading;
      return guarded.fetchText(new URL(url), AbortSignal.any([signal, closing.signal]));
    },
    close: () => closing.abort(new Error('the gateway is closing')),
  };
}
