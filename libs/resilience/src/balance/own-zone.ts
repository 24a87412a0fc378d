// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';

/** Which endpoints of a set are for callers of the gateway's own node or zone, and when others are used though these can answer. */
export interface OwnZone {
  /** In the order of the endpoints; some are and some are not. */
  readonly isOwn: readonly boolean[];
  /** More requests than this an endpoint of it has not got in flight while one elsewhere has fewer; Infinity = however many. */
  readonly spillOverAbove: number;
}

/** Where a proxy runs, as EndpointSlices call it; '' = not known. */
export interface ProxyPlace {
  readonly zone: string;
  readonly node: string;
}

/** Undefined = zones make no difference: then nothing looks at them when a request comes. */
export function ownZoneOf(
  { endpoints, zonePreference }: Pick<Backend, 'endpoints' | 'zonePreference'>,
  { zone, node }: ProxyPlace,
): OwnZone | undefined {
  if (zonePreference === undefined) return undefined;
  const onNode = endpoints.map(({ forNodes = [] }) => forNodes.includes(node));
  const inZone = endpoints.map(endpoint => zone !== '' && (endpoint.forZones ?? [endpoint.zone]).includes(zone));
  // As kube-proxy (KEP-3015): the zone counts where no endpoint is for the node.
  const isOwn = onNode.includes(true) ? onNode : inZone;
  if (!isOwn.includes(true) || !isOwn.includes(false)) return undefined;
  const { spillOverAbove } = zonePreference;
  return { isOwn, spillOverAbove: spillOverAbove === 0 ? Infinity : spillOverAbove };
}

/** How many of some endpoints, given by index, are in it. */
export function countOwn({ isOwn }: OwnZone, indexes: readonly number[]): number {
  return indexes.filter(index => isOwn[index]).length;
}
