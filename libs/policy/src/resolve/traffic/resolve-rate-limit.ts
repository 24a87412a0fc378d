// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { RateLimitKey, RateLimitSpec, RateLimitStore, SharedRateLimit } from '../../snapshot/index.ts';
import { resolveConditions, resolveExpression } from '../access/resolve-conditions.ts';
import type { ConditionsContext } from '../access/resolve-conditions.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

type LimitSpec = NonNullable<TrafficPolicyDocument['spec']['rateLimits']>[number];

/** As in the snapshot, without where it comes from. */
export type ResolvedRateLimit = Omit<RateLimitSpec, 'policy' | 'scope'>;

export interface RateLimitContext extends ConditionsContext {
  /** What the policy's shared limits are counted in. */
  readonly store: RateLimitStore | undefined;
}

export function resolveRateLimit(context: RateLimitContext, spec: LimitSpec, path: string): ResolvedRateLimit {
  const { name, algorithm, windows, key, cost, per, shared, when, mode } = spec;
  return {
    limit: name,
    algorithm: algorithm === 'TokenBucket' ? 'tokenBucket' : 'slidingWindow',
    windows: windows.map(window => ({ requests: window.requests, windowMs: parseDuration(window.per), burst: window.burst })),
    key: resolveLimitKey(context, key, path),
    cost,
    isPerRoute: per === 'Route',
    shared: shared && resolveShared(context, shared),
    when: when && resolveConditions(context, when, `${path}.when`),
    isShadow: mode === 'Shadow',
  };
}

/** Whose count a limit of any kind is. `path`: of the limit. An expression that cannot be read leaves the policy unresolved. */
export function resolveLimitKey(context: ConditionsContext, key: LimitSpec['key'], path: string): readonly RateLimitKey[] {
  return key.flatMap((part, index) => keyOf(context, part, `${path}.key[${index}]`) ?? []);
}

function keyOf(context: ConditionsContext, part: LimitSpec['key'][number], path: string): RateLimitKey | undefined {
  const { by, header = '', claim = [], cel = '' } = part;
  switch (by) {
    case 'Address':
      return { kind: 'address' };
    case 'Consumer':
      return { kind: 'consumer' };
    case 'Header':
      return { kind: 'header', name: header.toLowerCase() };
    case 'Claim':
      return { kind: 'claim', path: claim };
    case 'Expression': {
      const program = resolveExpression(context, { source: cel, path: `${path}.cel` }, 'string', 'int', 'bool');
      return program && { kind: 'cel', program };
    }
  }
}

const ON_FAILURE = { Closed: 'closed', Local: 'local', Open: 'open' } as const;

/** The schema has made sure that there is a store. */
function resolveShared(
  { store }: RateLimitContext,
  { onFailure }: NonNullable<LimitSpec['shared']>,
): SharedRateLimit | undefined {
  return store && { store, onFailure: ON_FAILURE[onFailure] };
}
