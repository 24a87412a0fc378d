// SPDX-License-Identifier: Apache-2.0
import type { HealthCheck } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import { CheckVerdict } from './check-verdict.ts';

const CHECK: HealthCheck = {
  ...{ intervalMs: 1000, timeoutMs: 100, healthyThreshold: 2, unhealthyThreshold: 3 },
  ...{ port: undefined, probe: { kind: 'tcp' } },
};

it.each([
  ['', 'healthy'],
  ['--', 'healthy'],
  ['---', 'unhealthy'],
  ['--+--', 'healthy'],
  ['---+', 'unhealthy'],
  ['---+-+', 'unhealthy'],
  ['---++', 'healthy'],
  ['---++--', 'healthy'],
])('the verdict after %j is %s', (results, verdict) => {
  const checked = new CheckVerdict();
  for (const result of results) checked.take(result === '+', CHECK);
  expect(checked.isHealthy).toBe(verdict === 'healthy');
});
