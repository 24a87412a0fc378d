// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';

/** Which endpoints of a set are in the gateway's own zone, and when others are used though these can answer. */
export interface OwnZone {
  /** In the order of the endpoints; some are and some are not. */
  readonly isOwn: readonly boolean[];
  /** More requests than this an endpoint of it has not got in flight while one elsewhere has fewer; Infinity = however many. */
  readonly spillOverAbove: number;
}

/** `zone`: the gateway's, '' = not known. Undefined = zones make no difference: then nothing looks at them when a request comes. */
export function ownZoneOf(
  { endpoints, zonePreference }: Pick<Backend, 'endpoints' | 'zonePreference'>,
  zone = '',
): OwnZone | undefined {
  if (zonePreference === undefined || zone === '') return undefined;
  const isOwn = endpoints.map(endpoint => endpoint.zone === zone);
  if (!isOwn.includes(true) || !isOwn.includes(false)) return undefined;
  const { spillOverAbove } = zonePreference;
  return { isOwn, spillOverAbove: spillOverAbove === 0 ? Infinity : spillOverAbove };
}

/** How many of some endpoints, given by index, are in it. */
export function countOwn({ isOwn }: OwnZone, indexes: readonly number[]): number {
  return indexes.filter(index => isOwn[index]).length;
}
