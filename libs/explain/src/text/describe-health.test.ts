// SPDX-License-Identifier: Apache-2.0
import type { EndpointHealth, HealthCheck } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import { describeHealth } from './describe-health.ts';

const OUTLIERS: EndpointHealth['outliers'] = {
  ...{ consecutive5xx: 5, consecutiveGatewayErrors: 0, intervalMs: 10_000, baseEjectionMs: 30_000, maxEjectionMs: 300_000 },
  ...{ maxEjectionPercent: 10, successRate: undefined, latency: undefined },
};
const CHECK: HealthCheck = {
  ...{ intervalMs: 10_000, timeoutMs: 1000, healthyThreshold: 2, unhealthyThreshold: 3, port: undefined },
  probe: { kind: 'http', path: '/healthz', host: undefined, expectedStatuses: [] },
};
const NONE: EndpointHealth = { outliers: undefined, check: undefined, slowStartMs: 0, panicPercent: 0 };
const COMPARISON = { minimumRequests: 100, minimumEndpoints: 5 };

it.each([
  [
    { ...NONE, outliers: OUTLIERS, panicPercent: 50 },
    [
      'ejected after 5 failures in a row, for 30s to 5m, at most 10 % at once',
      'all endpoints are used where fewer than 50 % are available',
    ],
  ],
  [
    {
      ...NONE,
      outliers: {
        ...OUTLIERS,
        ...{ consecutive5xx: 0, consecutiveGatewayErrors: 2 },
        successRate: { ...COMPARISON, standardDeviations: 1.9 },
        latency: { ...COMPARISON, factor: 3, thresholdMs: 100 },
      },
    },
    ['ejected after 2 gateway errors in a row, by success rate, by latency, for 30s to 5m, at most 10 % at once'],
  ],
  [{ ...NONE, outliers: { ...OUTLIERS, consecutive5xx: 0 } }, ['ejected never, for 30s to 5m, at most 10 % at once']],
  [
    { ...NONE, check: CHECK, slowStartMs: 30_000 },
    ['checked by GET /healthz every 10s, left alone after 3 failures in a row', 'new endpoints have their full share after 30s'],
  ],
  [
    { ...NONE, check: { ...CHECK, port: 9001, probe: { kind: 'grpc', service: 'shop.Cart' } } },
    ['checked by gRPC health service of shop.Cart at port 9001 every 10s, left alone after 3 failures in a row'],
  ],
] satisfies readonly [EndpointHealth, readonly string[]][])('says %j', (health, lines) => {
  expect(describeHealth(health)).toEqual(lines);
});
