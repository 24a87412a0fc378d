// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Backend, EndpointHealth, Split } from '@weir/policy/snapshot';
import { createManualClock, createRecordingHandler, createScriptedRandom, createTestExchange } from '@weir/testing';
import { renderMetrics } from '@weir/telemetry';
import { describe, expect, it } from 'vitest';
import { servedBackends } from '../split/revision-backends.ts';
import { HealthBoards } from './health-boards.ts';
import { HealthKeeper } from './health-keeper.ts';
import type { EndpointReport } from './health-keeper.ts';

const HEALTH: EndpointHealth = {
  outliers: {
    ...{ consecutive5xx: 2, consecutiveGatewayErrors: 0, intervalMs: 10_000, baseEjectionMs: 1000, maxEjectionMs: 1000 },
    ...{ maxEjectionPercent: 50, successRate: undefined, latency: undefined },
  },
  ...{ check: undefined, slowStartMs: 0, panicPercent: 0 },
};

function backend(variant: '' | '/http2'): Backend {
  const plain = {
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'random',
    connectTimeoutMs: 1000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
  } as const;
  const endpoints = [1, 2].map(host => ({ address: `10.0.0.${host}`, port: 80 }));
  const protocol = variant === '' ? 'http1' : 'http2';
  return {
    kind: 'backend',
    name: `backend/shop/cart/80${variant}`,
    label: 'shop/cart:80',
    protocol,
    ...plain,
    endpoints,
    health: HEALTH,
  };
}

function lab() {
  const clock = createManualClock();
  const reports: EndpointReport[] = [];
  const keeper = new HealthKeeper({ clock, random: createScriptedRandom(0.5), onChanged: report => reports.push(report) });
  const workers = [new HealthBoards(clock), new HealthBoards(clock)];
  let version = 0;
  const apply = (upserts: readonly Backend[], removes: readonly string[] = []): void => {
    const memories = keeper.record({ version: ++version, upserts, removes });
    for (const boards of workers) boards.learn(memories);
  };
  const fail = (worker: number, served: Backend): void => {
    const call = workers[worker]?.of(served)?.observe(0, createTestExchange(), createRecordingHandler());
    call?.onHead({ status: 500, headers: new HeaderList(), contentLength: 0 });
  };
  const isAvailable = (worker: number, served: Backend): boolean | undefined => workers[worker]?.of(served)?.isAvailable(0);
  return { clock, keeper, reports, apply, fail, isAvailable };
}

describe('the keeper of endpoints', () => {
  it('lets workers eject together, whatever is spoken, tells of it, and readmits', () => {
    const { clock, keeper, reports, apply, fail, isAvailable } = lab();
    const [http1, http2] = [backend(''), backend('/http2')];
    apply([http1, http2]);
    fail(0, http1);
    fail(1, http2);
    expect([isAvailable(0, http2), isAvailable(1, http1)]).toEqual([false, false]);
    clock.advance(100);
    const change = { endpoint: '10.0.0.1:80', kind: 'ejected', reason: 'consecutive_5xx', forMs: 1000 };
    expect(reports).toEqual([{ backend: 'shop/cart:80', changes: [change], availableCount: 1, count: 2 }]);
    const metrics = renderMetrics([keeper.dump()]);
    expect(metrics).toContain('weir_endpoint_ejections_total{backend="shop/cart:80",reason="consecutive_5xx"} 1');
    expect(metrics).toContain('weir_endpoints{backend="shop/cart:80",state="ejected"} 1');
    clock.advance(1000);
    expect(isAvailable(0, http1)).toBe(true);
    expect(reports.at(-1)).toMatchObject({ changes: [{ kind: 'readmitted' }], availableCount: 2 });
  });

  it('keeps the two revisions of a split apart, and goes back to one', () => {
    const { keeper, apply, fail, isAvailable } = lab();
    const [plain, endpoints] = [backend(''), backend('').endpoints];
    const split: Split = {
      ...{ rollout: 'shop/cart', step: '1', candidateShare: 0, mirrorShare: 0, assignment: undefined, matches: [] },
      ...{ fuse: undefined, stable: { revision: 'old', endpoints }, candidate: { revision: 'new', endpoints } },
    };
    const divided = { ...plain, split };
    apply([divided]);
    const [stable, candidate] = servedBackends(divided) as [Backend, Backend];
    fail(0, candidate);
    fail(1, candidate);
    expect([isAvailable(0, stable), isAvailable(0, candidate), isAvailable(0, plain)]).toEqual([true, false, undefined]);
    expect(renderMetrics([keeper.dump()])).toContain('weir_endpoints{backend="shop/cart:80~new",state="ejected"} 1');
    apply([plain]);
    expect([isAvailable(0, stable), isAvailable(0, candidate), isAvailable(0, plain)]).toEqual([undefined, undefined, true]);
    apply([], [plain.name]);
    expect(renderMetrics([keeper.dump()])).not.toContain('weir_endpoints{');
  });

  it('keeps what is known through changes, and for workers that come later', () => {
    const { keeper, apply, fail, isAvailable } = lab();
    const served = backend('');
    apply([served]);
    fail(0, served);
    fail(0, served);
    const more = { ...served, endpoints: [...served.endpoints, { address: '10.0.0.3', port: 80 }] };
    apply([more]);
    expect(isAvailable(1, more)).toBe(false);
    const late = new HealthBoards(createManualClock());
    late.learn(keeper.whole());
    expect(late.of(more)?.isAvailable(0)).toBe(false);
  });

  it('forgets a Service that nobody watches any more', () => {
    const { keeper, apply, isAvailable } = lab();
    const served = backend('');
    apply([served]);
    expect(isAvailable(0, served)).toBe(true);
    apply([{ ...backend(''), health: undefined }]);
    expect(isAvailable(0, served)).toBeUndefined();
    expect(keeper.whole()).toEqual([]);
    apply([served]);
    apply([], [served.name]);
    expect(keeper.whole()).toEqual([]);
    expect(renderMetrics([keeper.dump()])).not.toContain('weir_endpoints{');
  });

  it('has nothing to do for backends that ask for nothing', () => {
    const { keeper, apply } = lab();
    apply([{ ...backend(''), health: undefined }]);
    expect([keeper.whole(), keeper.dump()]).toEqual([[], []]);
  });
});
