// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndpointLatency } from './endpoint-latency.ts';

/** The same in plain words: all that was measured, looked at from the start each time. */
class Model {
  private readonly seen: { readonly atMs: number; readonly ms: number }[] = [];

  see(atMs: number, ms: number): void {
    this.seen.push({ atMs, ms });
  }

  costMs(nowMs: number, inFlight: number): number {
    let average = 0;
    let stampMs = 0;
    for (const { atMs, ms } of this.seen) {
      const old = Math.exp(-(atMs - stampMs) / 10_000);
      average = ms >= average ? ms : old * average + (1 - old) * ms;
      stampMs = atMs;
    }
    return average * Math.exp(-(nowMs - stampMs) / 10_000) * (inFlight + 1);
  }
}

function answered(latency: EndpointLatency, clock: ManualClock, ms: number): void {
  const startedMs = latency.begin();
  clock.advance(ms);
  latency.answer(startedMs);
}

describe('the latency of an endpoint', () => {
  it('follows its model, whatever answers come when', () => {
    const call = fc.record({ waitMs: fc.nat(20_000), ms: fc.integer({ min: 1, max: 5_000 }) });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 20 }), fc.nat(60_000), fc.nat(9), (calls, restMs, inFlight) => {
        const clock = createManualClock();
        const [latency, model] = [new EndpointLatency(clock), new Model()];
        for (const { waitMs, ms } of calls) {
          clock.advance(waitMs);
          answered(latency, clock, ms);
          model.see(clock.nowMs(), ms);
        }
        clock.advance(restMs);
        expect(latency.costMs(inFlight)).toBeCloseTo(model.costMs(clock.nowMs(), inFlight), 6);
      }),
    );
  });

  it('rises at once to a slower answer, and comes down slowly', () => {
    const clock = createManualClock();
    const latency = new EndpointLatency(clock);
    answered(latency, clock, 10);
    answered(latency, clock, 400);
    expect(latency.costMs(0)).toBe(400);
    answered(latency, clock, 10);
    expect(latency.costMs(0)).toBeGreaterThan(390);
    clock.advance(60_000);
    expect(latency.costMs(0)).toBeLessThan(1);
  });

  it('is nothing at first, and a penalty while the first call is out', () => {
    const clock = createManualClock();
    const latency = new EndpointLatency(clock);
    expect(latency.costMs(3)).toBe(0);
    const startedMs = latency.begin();
    expect(latency.costMs(1)).toBe(2_000);
    clock.advance(5);
    latency.answer(startedMs);
    expect(latency.costMs(0)).toBe(5);
  });

  it('counts a failed call as a slow one, however fast it failed', () => {
    const clock = createManualClock();
    const latency = new EndpointLatency(clock);
    answered(latency, clock, 2);
    latency.fail(latency.begin());
    expect(latency.costMs(0)).toBe(1_000);
    const startedMs = latency.begin();
    clock.advance(3_000);
    latency.fail(startedMs);
    expect(latency.costMs(0)).toBe(3_000);
  });

  it('learns from a call that nobody waits for any more only how long it has taken already', () => {
    const clock = createManualClock();
    const latency = new EndpointLatency(clock);
    answered(latency, clock, 100);
    latency.abandon(latency.begin());
    expect(latency.costMs(0)).toBe(100);
    const startedMs = latency.begin();
    clock.advance(700);
    latency.abandon(startedMs);
    expect(latency.costMs(0)).toBe(700);
  });

  it('is asked again first where its only call was broken off at once', () => {
    const latency = new EndpointLatency(createManualClock());
    latency.abandon(latency.begin());
    expect(latency.costMs(0)).toBe(0);
  });
});
