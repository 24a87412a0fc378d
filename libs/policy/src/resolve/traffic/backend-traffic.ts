// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { Balance, EndpointHealth, SessionPersistence, ZonePreference } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { mergeFields } from '../policy/merge-fields.ts';
import type { Contribution } from '../policy/merge-fields.ts';
import { chainAt, placesOfService } from '../policy/policy-chain.ts';
import type { ServiceDocument } from '../service/service-port.ts';
import { endpointHealthFrom } from './endpoint-health.ts';
import type { HealthParts } from './endpoint-health.ts';
import { resolveSession } from '../session/resolve-session.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';
import { BACKEND_FIELDS } from './traffic-fields.ts';

/** What policies say of how a Service's endpoints are chosen and connected to; undefined = nothing. */
export interface BackendTraffic {
  readonly balance: Balance | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly zonePreference: ZonePreference | undefined;
  readonly health: EndpointHealth | undefined;
  readonly sessionPersistence: SessionPersistence | undefined;
}

type Balancing = NonNullable<TrafficPolicyDocument['spec']['balancing']>;
type Session = NonNullable<TrafficPolicyDocument['spec']['sessionPersistence']>;
type ConnectTimeout = NonNullable<TrafficPolicyDocument['spec']['timeouts']>['connect'];

/** Of the fields of backends those that endpoints' health is made of. */
const HEALTH_PARTS: readonly (keyof HealthParts)[] = ['healthCheck', 'outlierDetection', 'panicThreshold', 'slowStart'];

/** Merged from the TrafficPolicies of the Service and of its Namespace. */
export function resolveBackendTraffic(lookup: Lookup, { namespace, name }: ServiceDocument): BackendTraffic {
  const chain = chainAt(lookup, 'TrafficPolicy', placesOfService(namespace, name));
  const contributions = (chain?.links ?? []).flatMap((link): Contribution | readonly Contribution[] => {
    // Policies are in the namespace of what they are attached to.
    const document = lookup.get('TrafficPolicy', namespace, link.policy.slice(namespace.length + 1));
    if (document === undefined) return [];
    const { createdMs, spec } = document;
    return { ...link, createdMs, isOverride: spec.precedence === 'Override', spec };
  });
  const fields = mergeFields(BACKEND_FIELDS, contributions);
  // What a field is, its schema has made sure of.
  const balancing = fields.get('balancing')?.values[0]?.value as Balancing | undefined;
  const connect = fields.get('timeouts.connect')?.values[0]?.value as ConnectTimeout | undefined;
  const session = fields.get('sessionPersistence')?.values[0]?.value as Session | undefined;
  return {
    ...(balancing ? chosenBy(balancing) : NOTHING_SAID),
    connectTimeoutMs: connect === undefined ? undefined : parseDuration(connect),
    health: endpointHealthFrom(Object.fromEntries(HEALTH_PARTS.map(part => [part, fields.get(part)?.values[0]?.value]))),
    sessionPersistence: session && resolveSession(session, { name: `${namespace}/${name}`, paths: [] }),
  };
}

type Choice = Pick<BackendTraffic, 'balance' | 'zonePreference'>;

const NOTHING_SAID: Choice = { balance: undefined, zonePreference: undefined };

/** A whole: one policy says all of it. */
function chosenBy({ zonePreference, ...balancing }: Balancing): Choice {
  return {
    balance: balanceFrom(balancing),
    zonePreference: zonePreference && { spillOverAbove: zonePreference.spillOverAbove ?? 0 },
  };
}

const BALANCES: Readonly<Record<Exclude<Balancing['type'], 'ConsistentHash' | 'Utilization'>, Balance>> = {
  LeastRequest: 'leastRequest',
  PeakEwma: 'peakEwma',
  Random: 'random',
  RoundRobin: 'roundRobin',
};

const HASHED = { Address: 'address', Cookie: 'cookie', Header: 'header', Query: 'query' } as const;

function balanceFrom({ type, consistentHash, utilization }: Balancing): Balance {
  if (type === 'Utilization') {
    // As in gRFC A58.
    const { blackout = '10s', expiry = '3m', errorPenalty = 1 } = utilization ?? {};
    return { kind: 'utilization', blackoutMs: parseDuration(blackout), expiryMs: parseDuration(expiry), errorPenalty };
  }
  if (type !== 'ConsistentHash') return BALANCES[type];
  const { by, name = '' } = consistentHash ?? { by: 'Address' };
  return { kind: 'consistentHash', by: HASHED[by], name: by === 'Header' ? name.toLowerCase() : name };
}
