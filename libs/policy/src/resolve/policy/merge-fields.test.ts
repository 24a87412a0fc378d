// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { TRAFFIC_FIELDS } from '../traffic/traffic-fields.ts';
import { mergeFields } from './merge-fields.ts';
import type { Contribution } from './merge-fields.ts';

function says(scope: Contribution['scope'], policy: string, request: string, parts: Partial<Contribution> = {}): Contribution {
  return { scope, policy, createdMs: 0, isOverride: false, spec: { timeouts: { request } }, ...parts };
}

function winner(...contributions: readonly Contribution[]): unknown {
  return mergeFields(TRAFFIC_FIELDS, contributions)
    .get('timeouts.request')
    ?.values.map(({ value }) => value);
}

describe('a field of which the nearest wins', () => {
  const gateway = says('Gateway', 'n/gateway', '1s');
  const route = says('Route', 'n/route', '2s');
  const rule = says('Rule', 'n/rule', '3s');
  const overriding = { isOverride: true };

  it.each([
    ['the narrowest', [gateway, route, rule], '3s'],
    ['whoever says something', [gateway, { ...rule, spec: { retry: { attempts: 1 } } }], '1s'],
    ['one that overrides before narrower ones', [says('Gateway', 'n/gateway', '1s', overriding), route, rule], '1s'],
    [
      'the widest of those that override',
      [gateway, says('Route', 'n/r', '2s', overriding), says('Rule', 'n/s', '3s', overriding)],
      '2s',
    ],
    [
      'the older of one scope',
      [says('Route', 'n/a', '1s', { createdMs: 2 }), says('Route', 'n/b', '2s', { createdMs: 1 })],
      '2s',
    ],
    ['the first by name of one age', [says('Route', 'n/b', '1s'), says('Route', 'n/a', '2s')], '2s'],
  ] satisfies readonly [string, readonly Contribution[], string][])('comes from %s', (_, contributions, expected) => {
    expect(winner(...contributions)).toEqual([expected]);
  });

  it('names whom it beats, and where it comes from', () => {
    const merged = mergeFields(TRAFFIC_FIELDS, [gateway, rule]).get('timeouts.request');
    expect(merged?.values[0]?.from).toEqual({ scope: 'Rule', policy: 'n/rule', isOverride: false });
    expect(merged?.beaten.map(({ policy }) => policy)).toEqual(['n/gateway']);
  });

  it('is merged apart from its neighbours', () => {
    const retries = { ...gateway, spec: { timeouts: { attempt: '9s' }, retry: { attempts: 2 } } };
    const merged = mergeFields(TRAFFIC_FIELDS, [retries, rule]);
    expect([...merged].map(([path, { values }]) => [path, values[0]?.value])).toEqual([
      ['timeouts.request', '3s'],
      ['timeouts.attempt', '9s'],
      ['retry.attempts', 2],
    ]);
  });
});

describe('the fields of a policy', () => {
  it('are found in its schema, each with how it is merged', () => {
    expect(TRAFFIC_FIELDS.map(({ path, strategy }) => `${path} ${strategy}`)).toEqual([
      'timeouts.request nearest',
      'timeouts.attempt nearest',
      'timeouts.idle nearest',
      'timeouts.stream nearest',
      'timeouts.connect nearest',
      'retry.attempts nearest',
      'retry.failures nearest',
      'retry.statusCodes nearest',
      'retry.grpcCodes nearest',
      'retry.methods nearest',
      'retry.backoff nearest',
      'balancing nearest',
      'outlierDetection nearest',
      'healthCheck nearest',
      'slowStart nearest',
      'panicThreshold nearest',
      'sessionPersistence nearest',
      'circuitBreaker nearest',
      'connectionLimits nearest',
      'rateLimits all',
      'concurrencyLimits all',
      'priority nearest',
      'faults all',
    ]);
  });
});
