// SPDX-License-Identifier: Apache-2.0
import type { EndpointHealth, OutlierDetection } from '@weir/policy/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndpointCell } from './endpoint-cell.ts';
import { GroupKeeper } from './group-keeper.ts';
import { ejectionPlaces, HealthGroup } from './health-group.ts';
import { OutcomeRecorder } from './outcome-recorder.ts';

const OUTLIERS: OutlierDetection = {
  consecutive5xx: 3,
  consecutiveGatewayErrors: 2,
  intervalMs: 1000,
  baseEjectionMs: 1000,
  maxEjectionMs: 5000,
  maxEjectionPercent: 40,
  successRate: undefined,
  latency: undefined,
};

/** The same rules, as simply as they can be written, for one thread and without shared memory. */
class Model {
  readonly #endpoints: { failures: number; gatewayErrors: number; count: number; untilMs: number | undefined }[];
  readonly #places: number;
  #comparedMs = 0;

  constructor(count: number, percent: number) {
    this.#endpoints = Array.from({ length: count }, () => ({ failures: 0, gatewayErrors: 0, count: 0, untilMs: undefined }));
    this.#places = count < 2 ? 0 : Math.max(1, Math.floor((count * percent) / 100));
  }

  get ejected(): readonly boolean[] {
    return this.#endpoints.map(({ untilMs }) => untilMs !== undefined);
  }

  answer(index: number, outcome: 'gateway' | 'server' | 'success', nowMs: number): void {
    const endpoint = this.#endpoints[index]!;
    endpoint.failures = outcome === 'success' ? 0 : endpoint.failures + 1;
    endpoint.gatewayErrors = outcome === 'gateway' ? endpoint.gatewayErrors + 1 : 0;
    const isOutlier = endpoint.failures >= OUTLIERS.consecutive5xx || endpoint.gatewayErrors >= OUTLIERS.consecutiveGatewayErrors;
    const isFull = this.ejected.filter(Boolean).length >= this.#places;
    if (outcome === 'success' || !isOutlier || isFull || endpoint.untilMs !== undefined) return;
    endpoint.count += 1;
    endpoint.untilMs = nowMs + Math.min(OUTLIERS.baseEjectionMs * endpoint.count, OUTLIERS.maxEjectionMs);
  }

  pass(nowMs: number): void {
    for (const endpoint of this.#endpoints) {
      if (endpoint.untilMs === undefined || nowMs < endpoint.untilMs) continue;
      Object.assign(endpoint, { untilMs: undefined, failures: 0, gatewayErrors: 0 });
    }
    if (nowMs - this.#comparedMs < OUTLIERS.intervalMs) return;
    this.#comparedMs = nowMs;
    for (const endpoint of this.#endpoints) {
      if (endpoint.untilMs === undefined && endpoint.count > 0) endpoint.count -= 1;
    }
  }
}

/** Endpoints that are kept on one thread, and two workers that look at the same memory. */
function lab(count: number, percent = OUTLIERS.maxEjectionPercent) {
  const outliers = { ...OUTLIERS, maxEjectionPercent: percent };
  const health: EndpointHealth = { outliers, check: undefined, slowStartMs: 0, panicPercent: 50 };
  const keeper = new GroupKeeper('shop/cart:80', health, 0);
  const names = Array.from({ length: count }, (_, index) => `10.0.0.${index}:80`);
  keeper.update(names, health, 0);
  const workers = [0, 1].map(() => {
    const { group: memory, cells } = keeper.memory;
    const group = new HealthGroup(memory);
    return { cells: cells.map(([, cell]) => new EndpointCell(cell)), recorder: new OutcomeRecorder(outliers, group, count) };
  });
  return { keeper, workers, names, health };
}

const step = fc.oneof(
  fc.record({
    worker: fc.nat(1),
    index: fc.nat(9),
    outcome: fc.constantFrom('gateway' as const, 'server' as const, 'success' as const),
  }),
  fc.record({ passMs: fc.integer({ min: 1, max: 1500 }) }),
);

describe('ejection', () => {
  it('is what the model says, whichever worker sees what', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(step, { maxLength: 200 }),
        (count, percent, steps) => {
          const { keeper, workers } = lab(count, percent);
          const model = new Model(count, percent);
          let nowMs = 0;
          for (const one of steps) {
            if ('passMs' in one) {
              nowMs += one.passMs;
              model.pass(nowMs);
            } else {
              const { cells, recorder } = workers[one.worker]!;
              const cell = cells[one.index % count]!;
              if (one.outcome === 'success') recorder.succeeded(cell);
              else recorder.failed(cell, one.outcome);
              model.answer(one.index % count, one.outcome, nowMs);
            }
            keeper.tick(nowMs);
            expect(workers[0]!.cells.map(({ ejection }) => ejection !== undefined)).toEqual(model.ejected);
            expect(keeper.counts.ejected).toBeLessThanOrEqual(ejectionPlaces(count, percent));
          }
        },
      ),
    );
  });

  it('never goes beyond the places that are left when endpoints go', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(counts, sizes => {
        const { keeper, names, health } = lab(10, 40);
        for (const size of sizes) {
          const { group: memory, cells } = keeper.memory;
          const recorder = new OutcomeRecorder(health.outliers!, new HealthGroup(memory), cells.length);
          for (const [, cell] of cells) for (let i = 0; i < 3; i++) recorder.failed(new EndpointCell(cell), 'server');
          keeper.tick(0);
          keeper.update(names.slice(0, size), health, 0);
          expect(keeper.counts.ejected).toBeLessThanOrEqual(ejectionPlaces(size, 40));
          expect(new HealthGroup(memory).ejectedCount).toBe(keeper.counts.ejected);
        }
      }),
    );
  });
});

describe('places for ejected endpoints', () => {
  it.each([
    [0, 10, 0],
    [1, 100, 0],
    [2, 1, 1],
    [2, 100, 2],
    [15, 10, 1],
    [20, 10, 2],
  ])('of %i endpoints at %i percent are %i', (count, percent, places) => {
    expect(ejectionPlaces(count, percent)).toBe(places);
  });
});
