// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { Backend } from '@weir/policy/snapshot';
import type { ExplainedCall } from '../explanation.ts';
import { describeBalance, describeBreaker, describeConnectionLimits } from '../text/describe-backends.ts';
import { describeCheck, describeOutliers, describePanic, describeSlowStart } from '../text/describe-health.ts';

const PANIC = 'panicThreshold';

/** How the value of each field of backends reads, by its path in TrafficPolicies; undefined = it is of no use there. */
const TEXTS: ReadonlyMap<string, (backend: Backend) => string | undefined> = new Map([
  ['balancing', ({ balance }: Backend) => describeBalance(balance)],
  ['timeouts.connect', ({ connectTimeoutMs }: Backend) => formatDuration(connectTimeoutMs)],
  ['outlierDetection', ({ health }: Backend) => health?.outliers && describeOutliers(health.outliers)],
  ['healthCheck', ({ health }: Backend) => health?.check && describeCheck(health.check)],
  ['slowStart', ({ health }: Backend) => health && describeSlowStart(health.slowStartMs)],
  [PANIC, ({ health }: Backend) => health && describePanic(health)],
  ['circuitBreaker', ({ circuitBreaker }: Backend) => describeBreaker(circuitBreaker)],
  ['connectionLimits', ({ connectionLimits }: Backend) => describeConnectionLimits(connectionLimits)],
]);

/** What policies say of how a backend's endpoints are chosen and called, and which of them does. Sessions may be a route's own: see explainedSession. */
export function backendCalls(backend: Backend | undefined): readonly ExplainedCall[] {
  if (backend === undefined) return [];
  const said = backend.sources.flatMap(({ value: field, ...source }) => callOf(field, backend, sourceOfField(source)));
  const isPanicSaid = said.some(({ field }) => field === PANIC);
  return isPanicSaid || !leavesAlone(backend) ? said : [...said, ...callOf(PANIC, backend, 'by default')];
}

/** The same of connections that are carried whole, or of datagrams: what is of requests alone says nothing of them. */
export function streamCalls(backend: Backend | undefined): readonly ExplainedCall[] {
  if (backend === undefined) return [];
  const { connectionLimits } = backend;
  const isLimited = connectionLimits?.maxConnections !== undefined;
  const limits = isLimited ? { ...connectionLimits, maxParallelRequests: undefined } : undefined;
  const calls = backendCalls({ ...backend, connectionLimits: limits });
  return calls.filter(({ field }) => field !== 'circuitBreaker' && (field !== 'connectionLimits' || isLimited));
}

/** Whether there are endpoints that a panic would bring back. */
function leavesAlone({ health }: Backend): boolean {
  return health?.check !== undefined || health?.outliers !== undefined;
}

function callOf(field: string, backend: Backend, from: string): readonly ExplainedCall[] {
  const value = TEXTS.get(field)?.(backend);
  return value === undefined ? [] : [{ field, value, from }];
}

/** `TrafficPolicy shop/edge on Gateway, which overrides`. */
export function sourceOfField({ policy, scope, isOverride }: Omit<Backend['sources'][number], 'value'>): string {
  return `TrafficPolicy ${policy} on ${scope}${isOverride ? ', which overrides' : ''}`;
}
