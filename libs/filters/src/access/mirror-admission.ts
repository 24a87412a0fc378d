// SPDX-License-Identifier: Apache-2.0
import { Exchange } from '@weir/base';
import type { FilterSpec, ResourceName } from '@weir/policy/snapshot';
import type { RunningChain } from './access-chain.ts';
import { Caller } from './caller.ts';
import type { Reference } from './reference.ts';

/** A Service that gets copies of requests, with the chain of its access policies. */
export interface MirrorAccess<Chain> {
  readonly backend: ResourceName;
  readonly chain: Chain;
}

/** Mirrors among filters whose Services have access policies. */
export function guardedMirrors(filters: readonly FilterSpec[]): readonly MirrorAccess<ResourceName>[] {
  return filters.flatMap(filter => {
    if (filter.kind !== 'requestMirror' || filter.backend === undefined || filter.access === undefined) return [];
    return [{ backend: filter.backend, chain: filter.access }];
  });
}

/**
 * Notes which mirrors may get a copy of a request: their policies see it as it came, with its credentials, before anything of it is
 * changed. A policy that would have to wait gets no copy, as the request may not wait for one.
 */
export function admitMirrors(mirrors: readonly MirrorAccess<Reference<RunningChain>>[], exchange: Exchange): void {
  if (mirrors.length === 0) return;
  exchange.admittedMirrors = mirrors.flatMap(({ backend, chain }) => (isAdmitted(chain.current, exchange) ? [backend] : []));
}

/** Asked of a second exchange, so that nothing is noted of the caller or of a refusal on the request itself. */
function isAdmitted(chain: RunningChain | undefined, exchange: Exchange): boolean {
  // Of a copy nobody outside is asked: it would have to wait, and the body is not its own to look at.
  if (chain === undefined || chain.asksOutside) return false;
  chain.hideCredentials(exchange);
  // A copy is what the request is: what its Service believes of the caller cannot be taken out of the one alone.
  if (chain.hasOwnedHeader(exchange.request.headers)) return false;
  const copy = new Exchange(exchange);
  copy.clientAddress = exchange.clientAddress;
  try {
    const pending = chain.admit(new Caller(copy));
    // Nobody hears of how it ends.
    pending?.catch(() => undefined);
    return pending === undefined;
  } catch {
    return false;
  }
}
