// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import { createManualClock, createRecordingHandler, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndpointUtilization } from './endpoint-utilization.ts';
import { ReportingCall } from './reporting-call.ts';
import { createUtilizationPicker } from './utilization-picker.ts';

const SETTINGS = { kind: 'utilization', blackoutMs: 10_000, expiryMs: 180_000, errorPenalty: 1 } as const;

function bench(count: number, settings: { readonly blackoutMs?: number } = {}) {
  const clock = createManualClock();
  const utilizations = Array.from({ length: count }, () => new EndpointUtilization({ ...SETTINGS, ...settings }, clock.nowMs()));
  const picker = createUtilizationPicker({ utilizations, clock, random: createSeededRandom(1) });
  const shares = (picks = 4_000, excluded = -1): readonly number[] => {
    const counts = utilizations.map(() => 0);
    for (let i = 0; i < picks; i++) counts[picker.pick(excluded)]! += 1;
    return counts.map(picked => picked / picks);
  };
  /** Seconds in which each endpoint answers what it is given, and reports how much of its capacity that was. */
  const serve = (seconds: number, capacities: readonly (number | undefined)[], says: { rate: boolean }): void => {
    for (let second = 0; second < seconds; second++) {
      const given = utilizations.map(() => 0);
      for (let i = 0; i < 300; i++) {
        const index = picker.pick();
        given[index]! += 1;
        utilizations[index]!.answer();
      }
      for (const [index, capacity] of capacities.entries()) {
        if (capacity === undefined || given[index] === 0) continue;
        const requestsPerSecond = says.rate ? given[index]! : 0;
        const report = { utilization: given[index]! / capacity, requestsPerSecond, errorsPerSecond: 0 };
        utilizations[index]!.report(report, clock.nowMs());
      }
      clock.advance(1_000);
    }
  };
  return { clock, utilizations, picker, shares, serve };
}

describe('balancing by utilisation', () => {
  it.each([{ rate: true }, { rate: false }])('gives each endpoint what it can take: %j', says => {
    const { serve, shares } = bench(3);
    serve(40, [100, 200, 700], says);
    const [small, middle, large] = shares() as [number, number, number];
    expect(small).toBeCloseTo(0.1, 1);
    expect(middle).toBeCloseTo(0.2, 1);
    expect(large).toBeCloseTo(0.7, 1);
  });

  it('is even until reports have come for as long as the blackout', () => {
    const { serve, shares } = bench(2);
    serve(9, [100, 900], { rate: true });
    expect(shares()[0]).toBeCloseTo(0.5, 1);
    serve(10, [100, 900], { rate: true });
    expect(shares()[0]).toBeCloseTo(0.1, 1);
  });

  it('counts who does not report as the average of the others', () => {
    const { serve, shares } = bench(3);
    serve(40, [100, 300, undefined], { rate: true });
    expect(shares()[2]).toBeCloseTo(1 / 3, 1);
  });

  it('is even again where reports have ceased', () => {
    const { serve, shares, clock } = bench(2);
    serve(40, [100, 900], { rate: true });
    clock.advance(SETTINGS.expiryMs + 1_000);
    expect(shares()[0]).toBeCloseTo(0.5, 1);
  });

  it('gives less to who reports errors', () => {
    const { utilizations, shares, clock } = bench(2, { blackoutMs: 0 });
    for (let second = 0; second < 5; second++) {
      utilizations[0]!.report({ utilization: 0.5, requestsPerSecond: 100, errorsPerSecond: 50 }, clock.nowMs());
      utilizations[1]!.report({ utilization: 0.5, requestsPerSecond: 100, errorsPerSecond: 0 }, clock.nowMs());
      clock.advance(1_000);
    }
    // Utilisation 0.5 with half of the answers errors counts as 1.
    expect(shares()[0]).toBeCloseTo(1 / 3, 1);
  });

  it('lets no report draw all requests', () => {
    const { utilizations, shares, clock } = bench(3, { blackoutMs: 0 });
    for (const [index, utilization] of [0.5, 0.5, 1e-9].entries()) {
      utilizations[index]!.report({ utilization, requestsPerSecond: 100, errorsPerSecond: 0 }, clock.nowMs());
    }
    expect(shares()[2]).toBeLessThan(0.85);
  });

  it('leaves an excluded endpoint out, and the shares of the others as they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 }),
        fc.nat(),
        (loads, any) => {
          const { utilizations, shares, clock } = bench(loads.length, { blackoutMs: 0 });
          for (const [index, utilization] of loads.entries()) {
            utilizations[index]!.report({ utilization, requestsPerSecond: 100, errorsPerSecond: 0 }, clock.nowMs());
          }
          const excluded = any % loads.length;
          const weights = loads.map((load, index) => (index === excluded ? 0 : 1 / load));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          for (const [index, share] of shares(3_000, excluded).entries()) {
            expect(Math.abs(share - weights[index]! / total)).toBeLessThan(0.06);
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('a call to an endpoint that reports', () => {
  it('hears heads and trailers, keeps the reports to itself, and hands all else on', () => {
    const { utilizations, clock, shares } = bench(2, { blackoutMs: 0 });
    const handler = createRecordingHandler();
    const call = new ReportingCall(utilizations[0]!, clock, handler);
    const headers = HeaderList.of(['endpoint-load-metrics', 'TEXT cpu_utilization=0.9,rps_fractional=100'], ['x-a', '1']);
    call.onInformation({ status: 103, headers: new HeaderList(), contentLength: 0 });
    call.onHead({ status: 200, headers, contentLength: undefined });
    call.onData(Buffer.from('ok'));
    const trailers = HeaderList.of(['endpoint-load-metrics', 'JSON {"cpu_utilization":0.1,"rps_fractional":100}']);
    new ReportingCall(utilizations[1]!, clock, handler).onEnd(trailers);
    call.onFault(new Fault('upstream_reset', 'gone'));
    expect(handler.events).toEqual(['information 103', 'head 200', 'data ok', 'end', 'fault upstream_reset']);
    expect([headers.names, trailers.count]).toEqual([['x-a'], 0]);
    expect(shares()[1]).toBeCloseTo(0.9, 1);
  });
});
