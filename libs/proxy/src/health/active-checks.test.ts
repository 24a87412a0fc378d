// SPDX-License-Identifier: Apache-2.0
import type { Backend, HealthCheck } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ActiveChecks } from './active-checks.ts';
import type { CheckResult } from './active-checks.ts';
import type { ProbeTarget } from './probe.ts';

const CHECK: HealthCheck = {
  ...{ intervalMs: 1000, timeoutMs: 200, healthyThreshold: 1, unhealthyThreshold: 2 },
  ...{ port: 9001, probe: { kind: 'tcp' } },
};

function backend(endpointCount: number): Backend {
  const names = { kind: 'backend', name: 'backend/shop/cart/80', label: 'shop/cart:80' } as const;
  const endpoints = Array.from({ length: endpointCount }, (_, index) => ({ address: `10.0.0.${index}`, port: 80 }));
  const plain = {
    protocol: 'http1',
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'random',
    connectTimeoutMs: 1000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
  } as const;
  const health = { outliers: undefined, check: CHECK, slowStartMs: 0, panicPercent: 50 };
  return { ...names, ...plain, endpoints, health };
}

interface Asked {
  readonly target: ProbeTarget;
  readonly signal: AbortSignal;
  answer(): void;
  fail(reason: string): void;
}

function lab(endpointCount: number, preambleOf: () => { proxyHeader: undefined; tls: undefined } = () => NO_PREAMBLE) {
  const clock = createManualClock();
  const asked: Asked[] = [];
  const results: CheckResult[] = [];
  const checks = new ActiveChecks({
    clock,
    random: createScriptedRandom(0.5),
    probe: (target, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      asked.push({ target, signal, answer: () => resolve(undefined), fail: reason => reject(new Error(reason)) });
      return promise;
    },
    preambleOf,
    onResult: result => results.push(result),
  });
  const served = backend(endpointCount);
  const targets = new Map(served.endpoints.map(endpoint => [`${endpoint.address}:80`, { endpoint, backend: served }]));
  checks.set('shop/cart:80', targets);
  /** Lets what was settled be heard. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return { clock, asked, results, checks, settle };
}

const NO_PREAMBLE = { proxyHeader: undefined, tls: undefined };

describe('health checks', () => {
  it('ask each endpoint within a second, at the port that is to be asked, and again after the interval', async () => {
    const { clock, asked, results, settle } = lab(1);
    clock.advance(499);
    expect(asked).toHaveLength(0);
    clock.advance(1);
    expect(asked[0]?.target).toMatchObject({ address: '10.0.0.0', port: 9001 });
    clock.advance(100);
    asked[0]?.answer();
    await settle();
    expect(results).toEqual([
      { label: 'shop/cart:80', endpoint: '10.0.0.0:80', hasSucceeded: true, isHealthy: true, detail: '' },
    ]);
    clock.advance(899);
    expect(asked).toHaveLength(1);
    clock.advance(1);
    expect(asked).toHaveLength(2);
  });

  it('give up after their time, and say what is wrong', async () => {
    const { clock, asked, results, settle } = lab(1);
    clock.advance(500);
    clock.advance(200);
    await settle();
    expect(asked[0]?.signal.aborted).toBe(true);
    clock.advance(800);
    asked[1]?.fail('broken\u001B[2J');
    await settle();
    expect(results.map(({ isHealthy, detail }) => [isHealthy, detail])).toEqual([
      [true, 'no answer within 200 ms'],
      [false, 'broken?[2J'],
    ]);
  });

  it('fail where a connection cannot begin as it has to', async () => {
    const { clock, asked, results, settle } = lab(1, () => {
      throw new Error('no authorities');
    });
    clock.advance(500);
    await settle();
    expect(asked).toHaveLength(0);
    expect(results[0]).toMatchObject({ hasSucceeded: false, detail: 'no authorities' });
  });

  it('are on their way to 64 endpoints at once at most', async () => {
    const { clock, asked, settle } = lab(100);
    clock.advance(500);
    expect(asked).toHaveLength(64);
    for (const { answer } of asked.splice(0)) answer();
    await settle();
    expect(asked).toHaveLength(36);
  });

  it('end with their endpoint, without a result', async () => {
    const { clock, asked, results, checks, settle } = lab(2);
    clock.advance(500);
    checks.set('shop/cart:80', new Map());
    await settle();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    clock.advance(5000);
    expect([asked.length, results.length]).toEqual([2, 0]);
  });
});
