// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { MergedField, ResolvedCalls, ResolvedLimits } from '../../resolve/index.ts';
import type { ResolvedTrafficPolicy, TrafficPolicyDocument } from '../../resolve/traffic/resolve-traffic-policy.ts';
import type { Sourced, TrafficCalls, TrafficLimits } from '../../snapshot/index.ts';
import { GRPC_STATUS_NAMES } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

type Spec = TrafficPolicyDocument['spec'];
type Timeouts = NonNullable<TrafficPolicyDocument['spec']['timeouts']>;
type Retry = NonNullable<TrafficPolicyDocument['spec']['retry']>;

const PRIORITIES = { Critical: 'critical', High: 'high', Low: 'low', Normal: 'normal' } as const;

/** `key`: of the chain. */
export function compileCalls(key: string, fields: ResolvedCalls): TrafficCalls {
  const timeout = (field: keyof Timeouts): Sourced<number> | undefined =>
    sourced(fields.get(`timeouts.${field}`), text => parseDuration(String(text)));
  // What a field is, its schema has made sure of.
  const retry = <Field extends keyof Retry, Value>(field: Field, read: (value: NonNullable<Retry[Field]>) => Value) =>
    sourced(fields.get(`retry.${field}`), value => read(value as NonNullable<Retry[Field]>));
  return {
    kind: 'trafficCalls',
    name: resourceName.trafficCalls({ key }),
    requestTimeoutMs: timeout('request'),
    attemptTimeoutMs: timeout('attempt'),
    idleTimeoutMs: timeout('idle'),
    streamTimeoutMs: timeout('stream'),
    retryAttempts: retry('attempts', value => value),
    retryKinds: retry('failures', value => value),
    retryStatusCodes: retry('statusCodes', value => value),
    retryGrpcCodes: retry('grpcCodes', names => names.map(name => GRPC_STATUS_NAMES.indexOf(name))),
    retriesAllMethods: retry('methods', value => value === 'All'),
    retryBackoffMs: retry('backoff', value => parseDuration(value)),
    priority: sourced(fields.get('priority'), value => PRIORITIES[value as NonNullable<Spec['priority']>]),
  };
}

/** The value of a field of which the nearest wins. */
function sourced<Value>(field: MergedField | undefined, read: (value: unknown) => Value): Sourced<Value> | undefined {
  const [winner] = field?.values ?? [];
  if (winner === undefined) return undefined;
  const { policy, scope, isOverride } = winner.from;
  return { value: read(winner.value), policy, scope, isOverride };
}

/** `key`: of the chain. */
export function compileLimits(key: string, { policies }: ResolvedLimits): TrafficLimits {
  const all = <Part>(partOf: (policy: ResolvedTrafficPolicy) => readonly Part[]) =>
    policies.flatMap(({ policy, scope, resolved }) =>
      resolved === undefined ? [] : partOf(resolved).map(part => ({ policy, scope, ...part })),
    );
  const broken = policies.find(({ resolved }) => resolved === undefined || resolved.unresolved !== undefined);
  return {
    kind: 'trafficLimits',
    name: resourceName.trafficLimits({ key }),
    unresolved:
      broken && `TrafficPolicy ${broken.policy} cannot be evaluated: ${broken.resolved?.unresolved ?? 'it is not known'}`,
    rateLimits: all(policy => policy.rateLimits),
    concurrencyLimits: all(policy => policy.concurrencyLimits),
    faults: all(policy => policy.faults),
  };
}
