// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import fc from 'fast-check';
import Opossum from 'opossum';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  BackendMemory,
  backendMemoryBytes,
  privateCells,
  resetBackendSlot,
  zeroBackendColumn,
} from '../backend-memory/backend-memory.ts';
import type { BackendCells } from '../backend-memory/backend-memory.ts';
import { CircuitBreaker, REFUSED } from './circuit-breaker.ts';

const OPTIONS = { errorPercent: 50, minimumRequests: 4, windowMs: 1_000, openMs: 300, halfOpenRequests: 1 };

interface Setting extends Partial<typeof OPTIONS> {
  readonly clock?: ManualClock;
  readonly cells?: BackendCells;
  readonly changes?: string[];
}

function breakerOf({ clock = createManualClock(), cells = privateCells(), changes, ...options }: Setting = {}): CircuitBreaker {
  return new CircuitBreaker({ ...OPTIONS, ...options, clock, cells, onChange: state => changes?.push(state) });
}

function failTimes(breaker: CircuitBreaker, count: number): void {
  for (let i = 0; i < count; i++) breaker.fail(breaker.fire());
}

/** The breakers of two workers on the same memory. */
function twoWorkers(options: Setting = {}) {
  const buffer = new SharedArrayBuffer(backendMemoryBytes(2, 2));
  const layouts = [0, 1].map(workerIndex => ({ workerIndex, workerCount: 2 }));
  const breakers = layouts.map(layout => breakerOf({ ...options, cells: new BackendMemory(buffer, layout).at(1) }));
  return { buffer, left: breakers[0]!, right: breakers[1]! };
}

/** Opossum, one that begins anew when it closes, as ours does. */
class Model {
  private breaker = this.create();

  get state(): string {
    if (this.breaker.opened) return 'open';
    return this.breaker.halfOpen ? 'halfOpen' : 'closed';
  }

  /** Whether the call was made. */
  async call(isGood: boolean): Promise<boolean> {
    const wasHalfOpen = this.breaker.halfOpen;
    let wasMade = false;
    const call = this.breaker.fire(() => {
      wasMade = true;
      return isGood ? Promise.resolve() : Promise.reject(new Error('failed'));
    });
    await call.catch(() => undefined);
    if (wasHalfOpen && this.breaker.closed) {
      this.stop();
      this.breaker = this.create();
    }
    return wasMade;
  }

  stop(): void {
    this.breaker.shutdown();
  }

  private create() {
    return new Opossum((action: () => Promise<void>) => action(), {
      // Ours opens at its threshold, opossum above it: no share of fewer than 1,000 calls lies between.
      errorThresholdPercentage: OPTIONS.errorPercent - 0.05,
      volumeThreshold: OPTIONS.minimumRequests,
      rollingCountTimeout: OPTIONS.windowMs,
      rollingCountBuckets: 10,
      resetTimeout: OPTIONS.openMs,
      timeout: false,
      enableSnapshots: false,
    });
  }
}

type Step = { readonly kind: 'call'; readonly isGood: boolean } | { readonly kind: 'wait'; readonly slices: number };

/** Whole slices: opossum moves on with a timer, ours when it is asked. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('call' as const), isGood: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), slices: fc.integer({ min: 1, max: 3 }) }) },
);

async function compare(steps: readonly Step[]): Promise<void> {
  const clock = createManualClock();
  const [ours, model] = [breakerOf({ clock }), new Model()];
  for (const taken of steps) {
    if (taken.kind === 'wait') {
      clock.advance(taken.slices * 100);
      await vi.advanceTimersByTimeAsync(taken.slices * 100);
    } else {
      const ticket = ours.fire();
      expect(await model.call(taken.isGood)).toBe(ticket !== REFUSED);
      if (ticket !== REFUSED && taken.isGood) ours.succeed(ticket);
      if (ticket !== REFUSED && !taken.isGood) ours.fail(ticket);
    }
    expect(ours.state).toBe(model.state);
  }
  model.stop();
}

describe('a circuit breaker', () => {
  afterEach(() => void vi.useRealTimers());

  it('decides as opossum does', async () => {
    vi.useFakeTimers();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 150 }), steps => compare(steps)),
      { numRuns: 100 },
    );
  });

  it('stays closed below its volume, and below its share of failures', () => {
    const breaker = breakerOf();
    failTimes(breaker, 3);
    expect(breaker.state).toBe('closed');
    const mostlyGood = breakerOf();
    for (let i = 0; i < 10; i++) {
      mostlyGood.succeed(mostlyGood.fire());
      mostlyGood.succeed(mostlyGood.fire());
      mostlyGood.fail(mostlyGood.fire());
    }
    expect(mostlyGood.state).toBe('closed');
  });

  it('says how long it will refuse', () => {
    const clock = createManualClock();
    const breaker = breakerOf({ clock });
    expect(breaker.remainingMs).toBe(0);
    failTimes(breaker, 4);
    clock.advance(100);
    expect([breaker.fire(), breaker.remainingMs]).toEqual([REFUSED, 200]);
  });

  it('lets one probe through when its time has come, which opens or closes it', () => {
    const [clock, changes] = [createManualClock(), [] as string[]];
    const breaker = breakerOf({ clock, changes });
    failTimes(breaker, 4);
    expect(breaker.fire()).toBe(REFUSED);
    clock.advance(300);
    const probe = breaker.fire();
    expect(breaker.fire()).toBe(REFUSED);
    breaker.fail(probe);
    expect(breaker.state).toBe('open');
    clock.advance(300);
    breaker.succeed(breaker.fire());
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual(['open', 'halfOpen', 'open', 'halfOpen', 'closed']);
  });

  it('closes when as many probes as it asks for were good, and opens with the first that was not', () => {
    const clock = createManualClock();
    const breaker = breakerOf({ clock, halfOpenRequests: 3 });
    failTimes(breaker, 4);
    clock.advance(300);
    const probes = [breaker.fire(), breaker.fire(), breaker.fire()];
    expect(breaker.fire()).toBe(REFUSED);
    for (const probe of probes.slice(0, 2)) breaker.succeed(probe);
    expect([breaker.state, breaker.fire()]).toEqual(['halfOpen', REFUSED]);
    breaker.fail(probes[2]!);
    expect(breaker.state).toBe('open');
  });

  it('gives the turn of a probe that is broken off to the next', () => {
    const clock = createManualClock();
    const breaker = breakerOf({ clock });
    failTimes(breaker, 4);
    clock.advance(300);
    breaker.abandon(breaker.fire());
    expect(breaker.fire()).not.toBe(REFUSED);
  });

  it('gives the turn of a probe that hangs, or whose worker died, to another', () => {
    const clock = createManualClock();
    const breaker = breakerOf({ clock });
    failTimes(breaker, 4);
    clock.advance(300);
    const hanging = breaker.fire();
    clock.advance(299);
    expect(breaker.fire()).toBe(REFUSED);
    clock.advance(1);
    const next = breaker.fire();
    expect(next).not.toBe(REFUSED);
    breaker.fail(hanging);
    expect(breaker.state).toBe('halfOpen');
    breaker.succeed(next);
    expect(breaker.state).toBe('closed');
  });

  it('is not closed by an answer to a call of before it opened', () => {
    const clock = createManualClock();
    const breaker = breakerOf({ clock });
    const late = breaker.fire();
    failTimes(breaker, 4);
    clock.advance(300);
    breaker.succeed(late);
    expect(breaker.state).toBe('halfOpen');
  });

  it('begins anew when it closes', () => {
    const clock = createManualClock();
    const breaker = breakerOf({ clock });
    failTimes(breaker, 4);
    clock.advance(300);
    breaker.succeed(breaker.fire());
    failTimes(breaker, 3);
    expect(breaker.state).toBe('closed');
    failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
  });

  it('counts an answer that breaks off after its head as one failed call', () => {
    const breaker = breakerOf();
    for (let i = 0; i < 4; i++) {
      const ticket = breaker.fire();
      breaker.succeed(ticket);
      expect(breaker.state).toBe('closed');
      breaker.breakOff(ticket);
    }
    expect(breaker.state).toBe('open');
  });

  it('forgets failures that have left its window', () => {
    const clock = createManualClock();
    const breaker = breakerOf({ clock });
    failTimes(breaker, 3);
    clock.advance(1_000);
    failTimes(breaker, 3);
    expect(breaker.state).toBe('closed');
  });
});

describe('the circuit breakers of several workers', () => {
  it('are one: failures add up, all refuse, and one probe closes it for all', () => {
    const clock = createManualClock();
    const { left, right } = twoWorkers({ clock });
    failTimes(left, 2);
    failTimes(right, 2);
    expect([left.state, right.state, left.fire(), right.fire()]).toEqual(['open', 'open', REFUSED, REFUSED]);
    clock.advance(300);
    const probe = left.fire();
    expect(right.fire()).toBe(REFUSED);
    left.succeed(probe);
    expect(right.state).toBe('closed');
  });

  it('go on without what a worker that died had counted', () => {
    const { buffer, left, right } = twoWorkers();
    failTimes(left, 3);
    zeroBackendColumn(buffer, { workerIndex: 0, workerCount: 2 });
    failTimes(right, 3);
    expect(right.state).toBe('closed');
    failTimes(right, 1);
    expect(left.state).toBe('open');
  });

  it('are closed for the next backend in their place, and calls of the former one do not count there', () => {
    const { buffer, left, right } = twoWorkers();
    const late = right.fire();
    failTimes(left, 3);
    resetBackendSlot(buffer, 1, 2);
    right.fail(late);
    failTimes(left, 3);
    expect(right.state).toBe('closed');
  });

  it('never let more probes through than they may, nor stay in a state for ever', () => {
    const action = fc.record({
      isLeft: fc.boolean(),
      end: fc.constantFrom('succeed', 'fail', 'abandon', 'keep'),
      wait: fc.nat(200),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), actions => {
        const clock = createManualClock();
        const { left, right } = twoWorkers({ clock, halfOpenRequests: 2 });
        for (const { isLeft, end, wait } of actions) {
          clock.advance(wait);
          const breaker = isLeft ? left : right;
          const ticket = breaker.fire();
          if (ticket !== REFUSED && end !== 'keep') breaker[end](ticket);
          expect(left.state).toBe(right.state);
        }
        clock.advance(OPTIONS.openMs);
        const probes = [left.fire(), right.fire(), left.fire()].filter(ticket => ticket !== REFUSED);
        expect(probes.length).toBeGreaterThan(0);
        // What was left of a round of two, and the next round.
        if (left.state === 'halfOpen') expect(probes.length).toBeLessThanOrEqual(3);
      }),
    );
  });
});
