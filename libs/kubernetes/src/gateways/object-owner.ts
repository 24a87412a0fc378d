// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';
import { MANAGED_BY_LABEL, MANAGED_BY_WEIR } from './gateway-labels.ts';
import type { GatewayPlan } from './gateway-plan.ts';

/** Whether Weir has made an object. */
export function isOurs({ metadata: { labels } }: ClusterObject): boolean {
  return labels?.[MANAGED_BY_LABEL] === MANAGED_BY_WEIR;
}

/** `namespace/name` of the Gateway that an object was made for; undefined = of none. */
export function gatewayOwning({ metadata: { namespace = '', ownerReferences = [] } }: ClusterObject): string | undefined {
  const owner = ownerReferences.find(({ kind }) => kind === 'Gateway');
  return owner === undefined ? undefined : `${namespace}/${owner.name}`;
}

/**
 * Why what is there by a name cannot be written for a Gateway; undefined = it can. Two Gateways of a namespace may come to one name: `a` of class
 * `b-c`, and `a-b` of class `c`.
 */
export function claimAgainst(
  found: ClusterObject,
  { namespace, name }: Pick<GatewayPlan, 'name' | 'namespace'>,
): string | undefined {
  if (!isOurs(found)) return "is there, and is not Weir's: remove it";
  const owner = gatewayOwning(found);
  if (owner === undefined || owner === `${namespace}/${name}`) return undefined;
  return `is what Gateway ${owner} runs as: give one of the two another name`;
}
