// SPDX-License-Identifier: Apache-2.0
import type { Balance, ZonePreference } from '../../snapshot/index.ts';
import type { ServiceDocument } from './service-port.ts';
import type { TopologyHints } from './topology-hints.ts';

/**
 * Values of `Service.spec.trafficDistribution` that mean the zone (KEP-4444, KEP-3015), also where slices have no hints, as those written by hand;
 * others, today's and coming ones, mean what the hints say that Kubernetes writes for them.
 */
const ZONAL: ReadonlySet<string | undefined> = new Set(['PreferClose', 'PreferSameZone']);

interface ZoneWishes {
  /** By policies, which go before the Service. */
  readonly said: ZonePreference | undefined;
  readonly hints: TopologyHints;
}

/** A consistent hash goes by keys alone: with zones a key would have several homes. */
export function resolveZonePreference(
  { spec }: ServiceDocument,
  balance: Balance,
  { said, hints }: ZoneWishes,
): ZonePreference | undefined {
  if (typeof balance === 'object' && balance.kind === 'consistentHash') return undefined;
  if (said !== undefined) return said;
  const isWished = ZONAL.has(spec.trafficDistribution) || hints.hasZones || hints.hasNodes;
  return isWished ? { spillOverAbove: 0 } : undefined;
}
