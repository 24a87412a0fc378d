// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type {
  Balance,
  CircuitBreakerSpec,
  ConnectionLimits,
  EndpointHealth,
  SessionPersistence,
  Sourced,
  ZonePreference,
} from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { mergeFields } from '../policy/merge-fields.ts';
import type { Contribution } from '../policy/merge-fields.ts';
import { chainAt, placesOfService } from '../policy/policy-chain.ts';
import type { ChainLink } from '../policy/policy-chain.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { endpointHealthFrom } from './endpoint-health.ts';
import type { HealthParts } from './endpoint-health.ts';
import { resolveSession } from '../session/resolve-session.ts';
import { speaksOfBackends } from './backend-fields.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';
import { BACKEND_FIELDS } from './traffic-fields.ts';

/** What policies say of how a Service's endpoints are chosen and connected to; undefined = nothing. */
export interface BackendTraffic {
  readonly balance: Balance | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly zonePreference: ZonePreference | undefined;
  readonly health: EndpointHealth | undefined;
  readonly sessionPersistence: SessionPersistence | undefined;
  readonly circuitBreaker: CircuitBreakerSpec | undefined;
  readonly connectionLimits: ConnectionLimits | undefined;
  /** Who says it, by the fields' paths. */
  readonly sources: readonly Sourced<string>[];
}

type Spec = TrafficPolicyDocument['spec'];
type Balancing = NonNullable<Spec['balancing']>;

/** Of the fields of backends those that endpoints' health is made of. */
const HEALTH_PARTS: readonly (keyof HealthParts)[] = ['healthCheck', 'outlierDetection', 'panicThreshold', 'slowStart'];

/** Merged from the TrafficPolicies of the Gateway that calls, of the Service's Namespace and of the Service. */
export function resolveBackendTraffic(lookup: Lookup, { namespace, service, callers = [] }: BackendTarget): BackendTraffic {
  const chain = chainAt(lookup, 'TrafficPolicy', placesOfService(namespace, service));
  const links: readonly ChainLink[] = [
    ...callers.map(policy => ({ scope: 'Gateway' as const, policy })),
    ...(chain?.links ?? []),
  ];
  const fields = mergeFields(
    BACKEND_FIELDS,
    links.flatMap(link => contributionOf(lookup, link) ?? []),
  );
  // What a field is, its schema has made sure of.
  const valueOf = (path: string): unknown => fields.get(path)?.values[0]?.value;
  const balancing = valueOf('balancing') as Spec['balancing'];
  const connect = valueOf('timeouts.connect') as NonNullable<Spec['timeouts']>['connect'];
  const session = valueOf('sessionPersistence') as Spec['sessionPersistence'];
  return {
    ...(balancing ? chosenBy(balancing) : NOTHING_SAID),
    connectTimeoutMs: connect === undefined ? undefined : parseDuration(connect),
    health: endpointHealthFrom(Object.fromEntries(HEALTH_PARTS.map(part => [part, valueOf(part)]))),
    sessionPersistence: session && resolveSession(session, { name: `${namespace}/${service}`, paths: [] }),
    circuitBreaker: breakerFrom(valueOf('circuitBreaker') as Spec['circuitBreaker']),
    connectionLimits: limitsFrom(valueOf('connectionLimits') as Spec['connectionLimits']),
    sources: [...fields].flatMap(([path, { values }]) => values.map(({ from }) => ({ value: path, ...from }))),
  };
}

function contributionOf(lookup: Lookup, link: ChainLink): Contribution | undefined {
  const [namespace = '', name = ''] = link.policy.split('/');
  const document = lookup.get('TrafficPolicy', namespace, name);
  if (document === undefined || !speaksOfBackends(document)) return undefined;
  const { createdMs, spec } = document;
  return { ...link, createdMs, isOverride: spec.precedence === 'Override', spec };
}

/** Half of the calls is more than chance does, and twenty are enough to tell. */
const DEFAULT_ERROR_PERCENT = 50;
const DEFAULT_MINIMUM_REQUESTS = 20;
const DEFAULT_WINDOW = '10s';
/** Long enough to restart in, short enough for nobody to wait for it. */
const DEFAULT_OPEN_FOR = '5s';
/** What comes back is not to be met by more than it can bear. */
const DEFAULT_HALF_OPEN_REQUESTS = 1;

function breakerFrom(written: Spec['circuitBreaker']): CircuitBreakerSpec | undefined {
  if (written === undefined) return undefined;
  return {
    errorPercent: written.errorPercent ?? DEFAULT_ERROR_PERCENT,
    minimumRequests: written.minimumRequests ?? DEFAULT_MINIMUM_REQUESTS,
    windowMs: parseDuration(written.window ?? DEFAULT_WINDOW),
    openMs: parseDuration(written.openFor ?? DEFAULT_OPEN_FOR),
    halfOpenRequests: written.halfOpenRequests ?? DEFAULT_HALF_OPEN_REQUESTS,
  };
}

/** As of Envoy. */
const DEFAULT_MAX_PENDING_REQUESTS = 1_024;

function limitsFrom(written: Spec['connectionLimits']): ConnectionLimits | undefined {
  if (written === undefined) return undefined;
  const { maxConnections, maxPendingRequests = DEFAULT_MAX_PENDING_REQUESTS, maxParallelRequests } = written;
  return { maxConnections, maxPendingRequests, maxParallelRequests };
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
