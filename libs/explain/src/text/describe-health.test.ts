// SPDX-License-Identifier: Apache-2.0
import type { HealthCheck, OutlierDetection } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import { describeCheck, describeOutliers, describePanic, describeSlowStart } from './describe-health.ts';

const OUTLIERS: OutlierDetection = {
  ...{ consecutive5xx: 5, consecutiveGatewayErrors: 0, intervalMs: 10_000, baseEjectionMs: 30_000, maxEjectionMs: 300_000 },
  ...{ maxEjectionPercent: 10, successRate: undefined, latency: undefined },
};
const CHECK: HealthCheck = {
  ...{ intervalMs: 10_000, timeoutMs: 1000, healthyThreshold: 2, unhealthyThreshold: 3, port: undefined },
  probe: { kind: 'http', path: '/healthz', host: undefined, expectedStatuses: [] },
};
const COMPARISON = { minimumRequests: 100, minimumEndpoints: 5 };

it.each([
  [OUTLIERS, 'ejected after 5 failures in a row, for 30s to 5m, at most 10 % at once'],
  [
    {
      ...OUTLIERS,
      ...{ consecutive5xx: 0, consecutiveGatewayErrors: 2 },
      successRate: { ...COMPARISON, standardDeviations: 1.9 },
      latency: { ...COMPARISON, factor: 3, thresholdMs: 100 },
    },
    'ejected after 2 gateway errors in a row, by success rate, by latency, for 30s to 5m, at most 10 % at once',
  ],
  [{ ...OUTLIERS, consecutive5xx: 0 }, 'ejected never, for 30s to 5m, at most 10 % at once'],
] satisfies readonly [OutlierDetection, string][])('says what gets endpoints ejected', (outliers, text) => {
  expect(describeOutliers(outliers)).toBe(text);
});

it.each([
  [CHECK, 'checked by GET /healthz every 10s, left alone after 3 failures in a row'],
  [
    { ...CHECK, port: 9001, probe: { kind: 'grpc', service: 'shop.Cart' } },
    'checked by gRPC health service of shop.Cart at port 9001 every 10s, left alone after 3 failures in a row',
  ],
] satisfies readonly [HealthCheck, string][])('says how endpoints are asked', (check, text) => {
  expect(describeCheck(check)).toBe(text);
});

it('says what becomes of new endpoints, and of all in a panic', () => {
  expect(describeSlowStart(30_000)).toBe('new endpoints have their full share after 30s');
  expect(describePanic({ panicPercent: 50 })).toBe('all endpoints are used where fewer than 50 % are available');
  expect(describePanic({ panicPercent: 0 })).toBe('endpoints that are left alone are never used');
});
