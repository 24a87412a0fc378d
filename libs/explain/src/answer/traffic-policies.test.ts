// SPDX-License-Identifier: Apache-2.0
import type { RateLimitSpec, SharedRateLimit, Snapshot, TrafficLimits } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import { explainedLimits } from './traffic-policies.ts';

const PLACE = { url: 'redis://redis.shop:6379/0', host: 'redis.shop', port: 6379, database: 0 };
const STORE = { ...PLACE, username: 'weir', password: 'sesame', tls: undefined, timeoutMs: 100 };

function saysOf(parts: Partial<RateLimitSpec>): readonly string[] {
  const spec: RateLimitSpec = {
    ...{ policy: 'shop/edge', scope: 'Gateway', limit: 'all', algorithm: 'tokenBucket', key: [], cost: 1 },
    ...{ windows: [{ requests: 100, windowMs: 60_000, burst: undefined }], isPerRoute: false, when: undefined },
    ...{ shared: undefined, isShadow: false },
    ...parts,
  };
  const limits: TrafficLimits = {
    kind: 'trafficLimits',
    name: 'traffic-limits/Gateway:shop/edge',
    unresolved: undefined,
    concurrencyLimits: [],
    faults: [],
    rateLimits: [spec],
  };
  const snapshot: Snapshot = { version: 0, resources: new Map([[limits.name, limits]]) };
  return explainedLimits(snapshot, limits.name).flatMap(({ says }) => says);
}

it.each<[SharedRateLimit['onFailure'], string]>([
  ['closed', 'requests are refused'],
  ['local', 'each gateway counts for itself'],
  ['open', 'requests are let through'],
])('a limit that gateways share says where it is counted, and what happens without it: %s', (onFailure, words) => {
  expect(saysOf({ shared: { store: STORE, onFailure } })).toEqual([
    `limit all: 100 in 1m for all together, over all gateways in redis://redis.shop:6379/0 (while it does not answer, ${words})`,
  ]);
});

it('a limit by an expression shows it', () => {
  const program = { source: 'claims.tenant', root: { op: 'constant', value: '' }, asksWho: true } as const;
  expect(saysOf({ key: [{ kind: 'address' }, { kind: 'cel', program }] })).toEqual([
    'limit all: 100 in 1m for each address and value of `claims.tenant`',
  ]);
});
