// SPDX-License-Identifier: Apache-2.0
import type { Resource, SidecarPort } from '@weir/policy/snapshot';

/** Resources that go from control planes to proxies; the others proxies make themselves. */
export type SentResource = Exclude<Resource, SidecarPort>;
export type ResourceKind = SentResource['kind'];

/** Makes a body of one revision into one of the next. */
export type Upgrade = (body: unknown) => unknown;

export interface ContractRevision {
  readonly revision: number;
  /** By the revision that they start from; older ones than there are steps for are refused. */
  readonly upgrades: Readonly<Record<number, Upgrade>>;
}

const FIRST: ContractRevision = { revision: 1, upgrades: {} };

/**
 * What this version of Weir means by each kind. A proxy refuses a newer revision whole, and of its own revision what it does not know.
 *
 * When to raise one: when the meaning of what could be sent before changes, and when a member is removed, renamed, gets another type
 * or has to be there; with an upgrade from the revision before. Not when a form is added (an optional member, one more alternative):
 * older proxies refuse those resources that use it, and take the others. `npm run generate:contract` refuses to record what breaks this.
 */
export const CONTRACT_REVISIONS: Readonly<Record<ResourceKind, ContractRevision>> = {
  accessChain: FIRST,
  accessPolicy: FIRST,
  backend: FIRST,
  certificate: FIRST,
  consumers: FIRST,
  gateway: FIRST,
  meshService: FIRST,
  meshSettings: FIRST,
  port: FIRST,
  routeRule: FIRST,
  streamRule: FIRST,
  trafficCalls: FIRST,
  trafficLimits: FIRST,
  trustBundle: FIRST,
  workload: FIRST,
};

export function isResourceKind(kind: string): kind is ResourceKind {
  return Object.hasOwn(CONTRACT_REVISIONS, kind);
}
