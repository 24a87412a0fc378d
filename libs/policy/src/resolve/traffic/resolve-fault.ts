// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import { GRPC_STATUS_NAMES } from '../../snapshot/index.ts';
import type { FaultEffect, InjectedFaultSpec } from '../../snapshot/index.ts';
import { resolveConditions } from '../access/resolve-conditions.ts';
import type { ConditionsContext } from '../access/resolve-conditions.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

type FaultSpec = NonNullable<TrafficPolicyDocument['spec']['faults']>[number];

/** As in the snapshot, without where it comes from. */
export type ResolvedFault = Omit<InjectedFaultSpec, 'policy' | 'scope'>;

export function resolveFault(context: ConditionsContext, spec: FaultSpec, path: string): ResolvedFault {
  const { name, percent, when } = spec;
  return {
    fault: name,
    percent,
    effect: effectOf(spec),
    when: when && resolveConditions(context, when, `${path}.when`),
  };
}

/** Exactly one of the three is written, as the schema has made sure. */
function effectOf({ delay, abort }: FaultSpec): FaultEffect {
  if (delay !== undefined) return { kind: 'delay', delayMs: parseDuration(delay) };
  if (abort?.grpcStatus !== undefined) return { kind: 'grpcAbort', grpcStatus: GRPC_STATUS_NAMES.indexOf(abort.grpcStatus) };
  return { kind: 'abort', status: abort?.status ?? 500 };
}
