// SPDX-License-Identifier: Apache-2.0
import type { EndpointHealth, OutlierDetection } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { EndpointCell } from './endpoint-cell.ts';
import { GroupKeeper } from './group-keeper.ts';
import { HealthGroup } from './health-group.ts';
import { OutcomeRecorder } from './outcome-recorder.ts';

const OUTLIERS: OutlierDetection = {
  consecutive5xx: 2,
  consecutiveGatewayErrors: 0,
  intervalMs: 10_000,
  baseEjectionMs: 1000,
  maxEjectionMs: 2500,
  maxEjectionPercent: 50,
  successRate: { minimumRequests: 10, minimumEndpoints: 3, standardDeviations: 1.2 },
  latency: { minimumRequests: 10, minimumEndpoints: 3, factor: 3, thresholdMs: 50 },
};
const HEALTH: EndpointHealth = { outliers: OUTLIERS, check: undefined, slowStartMs: 10_000, panicPercent: 50 };
const NAMES = ['a', 'b', 'c', 'd', 'e'];

function lab(health = HEALTH) {
  const keeper = new GroupKeeper('shop/cart:80', health, 0);
  keeper.update(NAMES, health, 0);
  const group = new HealthGroup(keeper.memory.group);
  const recorder = new OutcomeRecorder(OUTLIERS, group, NAMES.length);
  const cellOf = (name: string): EndpointCell =>
    new EndpointCell(keeper.memory.cells.find(([endpoint]) => endpoint === name)![1]);
  const fail = (name: string, count: number): void => {
    for (let i = 0; i < count; i++) recorder.failed(cellOf(name), 'server');
  };
  return { keeper, group, recorder, cellOf, fail };
}

describe('the keeper of a group', () => {
  it('lets each ejection last longer than the one before, up to the longest', () => {
    const { keeper, fail } = lab();
    let nowMs = 0;
    const durations = [];
    for (let i = 0; i < 4; i++) {
      fail('a', 2);
      const [ejected] = keeper.tick(nowMs);
      durations.push(ejected?.forMs);
      nowMs += ejected?.forMs ?? 0;
      expect(keeper.tick(nowMs - 1)).toEqual([]);
      expect(keeper.tick(nowMs)).toEqual([{ endpoint: 'a', kind: 'readmitted' }]);
    }
    expect(durations).toEqual([1000, 2000, 2500, 2500]);
  });

  it('forgives an ejection for each interval without one', () => {
    const { keeper, fail } = lab();
    fail('a', 2);
    keeper.tick(0);
    keeper.tick(1000);
    keeper.tick(11_000);
    fail('a', 2);
    expect(keeper.tick(11_100)).toEqual([{ endpoint: 'a', kind: 'ejected', reason: 'consecutive_5xx', forMs: 1000 }]);
  });

  it('ejects the endpoint that fails far more often than the others, once an interval', () => {
    const { keeper, recorder, cellOf } = lab();
    for (const name of NAMES) {
      for (let i = 0; i < 20; i++) {
        if (name === 'c' && i % 2 === 0) recorder.failed(cellOf(name), 'server');
        else recorder.succeeded(cellOf(name));
      }
    }
    expect(keeper.tick(9_999)).toEqual([]);
    expect(keeper.tick(10_000)).toEqual([{ endpoint: 'c', kind: 'ejected', reason: 'success_rate', forMs: 1000 }]);
    // Looked at again: what it did before does not count twice.
    keeper.tick(11_000);
    expect(keeper.tick(20_000)).toEqual([]);
  });

  it('ejects the endpoint that takes far longer than the others', () => {
    const { keeper, recorder, cellOf } = lab();
    for (const name of NAMES) {
      for (let i = 0; i < 10; i++) recorder.answered(cellOf(name), name === 'e' ? 200 : 20);
    }
    expect(keeper.tick(10_000)).toEqual([{ endpoint: 'e', kind: 'ejected', reason: 'latency', forMs: 1000 }]);
  });

  it('lets endpoints that are new begin with a tenth, but not those that came with the Service', () => {
    const { keeper, group, cellOf } = lab();
    expect(NAMES.map(name => cellOf(name).heldBack)).toEqual([0, 0, 0, 0, 0]);
    keeper.update([...NAMES, 'f'], HEALTH, 0);
    expect([cellOf('f').heldBack, group.rampingCount]).toEqual([900, 1]);
    keeper.tick(5000);
    expect(cellOf('f').heldBack).toBe(500);
    keeper.tick(10_000);
    expect([cellOf('f').heldBack, group.rampingCount]).toEqual([0, 0]);
  });

  it('lets endpoints that come back begin slowly, after an ejection and after failed checks', () => {
    const { keeper, cellOf, fail } = lab();
    fail('a', 2);
    keeper.tick(0);
    keeper.tick(1000);
    expect(cellOf('a').heldBack).toBe(900);
    keeper.setHealthy('b', false, 1000);
    expect(cellOf('b').isAvailable).toBe(false);
    expect(keeper.setHealthy('b', true, 2000)).toEqual({ endpoint: 'b', kind: 'healthy' });
    expect([cellOf('b').isAvailable, cellOf('b').heldBack]).toEqual([true, 900]);
  });

  it('gives endpoints back that nobody watches any more', () => {
    const { keeper, cellOf, fail } = lab();
    fail('a', 2);
    keeper.setHealthy('b', false, 0);
    expect(keeper.counts).toEqual({ available: 3, ejected: 1, unhealthy: 1 });
    const changes = keeper.update(NAMES, { ...HEALTH, outliers: undefined }, 0);
    expect(changes).toEqual([{ endpoint: 'a', kind: 'readmitted' }]);
    expect(NAMES.map(name => cellOf(name).isAvailable)).not.toContain(false);
  });
});
