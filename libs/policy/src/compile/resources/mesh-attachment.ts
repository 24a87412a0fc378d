// SPDX-License-Identifier: Apache-2.0
import type { PolicyChain } from '../../resolve/index.ts';
import type { Attachment, RouteMatch, RuleAction } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** Creation time of what is to go behind every route: a time that no document has. */
export const BEHIND_ALL_MS = Number.MAX_SAFE_INTEGER;

export const ANY_REQUEST: readonly RouteMatch[] = [
  { path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] },
];

/** What a rule does that says nothing of its own. */
export const PLAIN_ACTION: RuleAction = {
  refusal: undefined,
  filters: [],
  backends: [],
  requestTimeoutMs: undefined,
  attemptTimeoutMs: undefined,
  retry: undefined,
  sessionPersistence: undefined,
};

/** How callers stand at a listener: who they are, and how often they may, is the receiver's affair. */
export function callerAttachment(listener: string, calls: PolicyChain | undefined): Attachment {
  const backend = { calls: calls && resourceName.trafficCalls(calls), limits: undefined, backend: undefined };
  const traffic = calls && { limits: undefined, backends: [backend] };
  return { listener, hostnames: ['*'], access: undefined, traffic, meshSide: 'caller' };
}

export interface ReceivedPolicies {
  readonly access: PolicyChain | undefined;
  readonly limits: PolicyChain | undefined;
}

/** What a receiver asks of requests; how its own application is called, nobody says. */
export function receiverAttachment(listener: string, { access, limits }: ReceivedPolicies): Attachment {
  const nothing = { calls: undefined, limits: undefined, backend: undefined };
  return {
    listener,
    hostnames: ['*'],
    access: access && resourceName.accessChain(access),
    traffic: limits && { limits: resourceName.trafficLimits(limits), backends: [nothing] },
    meshSide: 'receiver',
  };
}
