// SPDX-License-Identifier: Apache-2.0
import type { Balance, ZonePreference } from '../../snapshot/index.ts';
import type { ServiceDocument } from './service-port.ts';

/** Values of `Service.spec.trafficDistribution` that mean the zone; others, today's and coming ones, mean nothing here (KEP-4444, KEP-3015). */
const ZONAL: ReadonlySet<string | undefined> = new Set(['PreferClose', 'PreferSameZone']);

/** `said`: by policies, which go before the Service. A consistent hash goes by keys alone: with zones a key would have several homes. */
export function resolveZonePreference(
  { spec }: ServiceDocument,
  balance: Balance,
  said: ZonePreference | undefined,
): ZonePreference | undefined {
  if (typeof balance === 'object' && balance.kind === 'consistentHash') return undefined;
  return said ?? (ZONAL.has(spec.trafficDistribution) ? { spillOverAbove: 0 } : undefined);
}
