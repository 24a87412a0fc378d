// SPDX-License-Identifier: Apache-2.0
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { ResolvedRoute } from '../route/resolved-route.ts';

/** Every access chain that a route's requests or connections pass; one that is passed twice is there twice. */
export function chainsOf(route: ResolvedRoute | undefined): readonly PolicyChain[] {
  return (route?.rules ?? []).flatMap(({ access, backends }) => [
    ...access.values(),
    ...backends.flatMap(backend => backend.access ?? []),
  ]);
}
