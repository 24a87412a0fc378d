// SPDX-License-Identifier: Apache-2.0
import { Resolver } from 'node:dns/promises';
import CircuitBreaker from 'opossum';
import { createCaresLookup } from './cares-lookup.ts';
import { getText, UnwantedAnswer } from './get-text.ts';
import type { GetOptions } from './get-text.ts';
import type { HttpKeySetSourceOptions } from './http-key-set-source.ts';

export interface GuardedFetch {
  fetchText(url: URL, signal: AbortSignal): Promise<string>;
}

type Breaker = CircuitBreaker<[url: URL, signal: AbortSignal], string>;

/** How long an origin is left alone that failed. Shorter than the longest pause between retries, so that it delays none for long. */
export const BREAKER_RESET_MS = 5000;
/** Failures, of at least as many fetches of the last minute, that open it. */
export const BREAKER_VOLUME = 3;

/**
 * Fetches behind a breaker for each origin: one server often has the key sets of many issuers, and while it is down they are not all
 * asked for again and again. Answers that are wrong count for nothing there: they are one issuer's and not the server's.
 */
export function createGuardedFetch(options: HttpKeySetSourceOptions, closing: AbortSignal): GuardedFetch {
  const breakers = new Map<string, Breaker>();
  const get: GetOptions = { authoritiesPem: options.authoritiesPem, lookup: createCaresLookup(createResolver(options)) };
  closing.addEventListener('abort', () => {
    for (const breaker of breakers.values()) breaker.shutdown();
  });
  return {
    fetchText(url, signal) {
      const breaker = breakers.get(url.origin) ?? createBreaker(get);
      breakers.set(url.origin, breaker);
      return fire(breaker, url, signal);
    },
  };
}

/** Two tries of each name server within the deadline of a fetch. */
function createResolver({ nameServers }: HttpKeySetSourceOptions): Resolver {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  if (nameServers !== undefined) resolver.setServers(nameServers);
  return resolver;
}

function createBreaker(get: GetOptions): Breaker {
  return new CircuitBreaker((url: URL, signal: AbortSignal) => getText(url, signal, get), {
    timeout: false, // the signal ends it, and with it the connection
    resetTimeout: BREAKER_RESET_MS,
    volumeThreshold: BREAKER_VOLUME,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 60_000,
    rollingCountBuckets: 6,
    rollingPercentilesEnabled: false, // nobody reads them
    errorFilter: error => error instanceof UnwantedAnswer,
  });
}

async function fire(breaker: Breaker, url: URL, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  try {
    return await breaker.fire(url, signal);
  } catch (cause) {
    if (!(cause instanceof Error && CircuitBreaker.isOurError(cause))) throw cause;
    throw new Error(`${url.origin} is left alone for ${BREAKER_RESET_MS} ms, as it failed again and again`, { cause });
  }
}
