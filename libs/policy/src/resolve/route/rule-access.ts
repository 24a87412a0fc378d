// SPDX-License-Identifier: Apache-2.0
import { chainAt, placesOfRule, placesOfService } from '../policy/policy-chain.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import type { RouteContext } from './route-context.ts';

/** Access policies that hold for a rule, by listener. `name`: as written. */
export function accessOfRule(context: RouteContext, name: string | undefined): ReadonlyMap<string, PolicyChain> {
  const { document, lookup, placesByListener } = context;
  const own = placesOfRule(document, name);
  const chains = new Map<string, PolicyChain>();
  for (const [listener, places] of placesByListener) {
    const chain = chainAt(lookup, 'AccessPolicy', [...places, ...own]);
    if (chain !== undefined) chains.set(listener, chain);
  }
  return chains;
}

/** Access policies of the Service that a reference leads to. */
export function accessOfBackend({ lookup }: RouteContext, target: BackendTarget | undefined): PolicyChain | undefined {
  return target && chainAt(lookup, 'AccessPolicy', placesOfService(target.namespace, target.service));
}
