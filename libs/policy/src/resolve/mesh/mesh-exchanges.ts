// SPDX-License-Identifier: Apache-2.0
import { chainsOf } from '../access/chains-of.ts';
import type { ChainExchange } from '../policy/chain-table.ts';
import type { RouteChange } from '../route/route-stage.ts';
import { callsOfRoute, limitsOfRoute } from '../traffic/traffic-chains.ts';
import type { TrafficExchanges } from '../traffic/traffic-chains.ts';
import type { BackendUses } from '../service/backend-stage.ts';
import type { MeshChanges } from './mesh-stage.ts';
import { accessChainsOf, callChainsOf, limitChainsOf, meshTargetsOf } from './mesh-uses.ts';

type Changes = Pick<MeshChanges, 'services'>;

/** Access chains that routes and receivers have used, and that they use. */
export function accessExchanges(routes: Iterable<RouteChange>, { services }: Changes): readonly ChainExchange[] {
  return [...exchanges(routes, chainsOf), ...exchanges(services.values(), accessChainsOf)];
}

/** The same of traffic policies. */
export function trafficExchanges(routes: Iterable<RouteChange>, { services }: Changes): TrafficExchanges {
  const changes = [...routes];
  return {
    calls: [...exchanges(changes, callsOfRoute), ...exchanges(services.values(), callChainsOf)],
    limits: [...exchanges(changes, limitsOfRoute), ...exchanges(services.values(), limitChainsOf)],
  };
}

export function usesOfMesh({ services }: Changes): readonly BackendUses[] {
  return exchanges(services.values(), meshTargetsOf);
}

function exchanges<Value, Used>(
  changes: Iterable<{ readonly before: Value | undefined; readonly after: Value | undefined }>,
  usedBy: (value: Value | undefined) => readonly Used[],
): readonly { readonly before: readonly Used[]; readonly after: readonly Used[] }[] {
  return [...changes].map(({ before, after }) => ({ before: usedBy(before), after: usedBy(after) }));
}
