// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import fc from 'fast-check';
import Opossum from 'opossum';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CircuitBreaker, REFUSED } from './circuit-breaker.ts';

const OPTIONS = { errorThresholdPercentage: 50, volumeThreshold: 4, rollingCountTimeoutMs: 1_000, rollingCountBuckets: 10 };

function breakerOf(clock: ManualClock, resetTimeoutMs = 300) {
  return new CircuitBreaker({ ...OPTIONS, resetTimeoutMs, clock });
}

function failTimes(breaker: CircuitBreaker, count: number): void {
  for (let i = 0; i < count; i++) breaker.fail(breaker.fire());
}

/** Opossum, whose calls the test ends. */
class Model {
  private readonly ends: ((isGood: boolean) => void)[] = [];
  private readonly breaker: Opossum<[], void>;

  constructor(resetTimeout: number) {
    const { rollingCountTimeoutMs, ...options } = OPTIONS;
    const action = () =>
      new Promise<void>((resolve, reject) => {
        this.ends.push(isGood => (isGood ? resolve() : reject(new Error('failed'))));
      });
    const rest = { timeout: false, rollingCountTimeout: rollingCountTimeoutMs, enableSnapshots: false } as const;
    this.breaker = new Opossum(action, { ...options, ...rest, resetTimeout });
  }

  get state(): string {
    if (this.breaker.opened) return 'open';
    return this.breaker.halfOpen ? 'halfOpen' : 'closed';
  }

  /** What ends the call; undefined = it was refused. */
  async fire(): Promise<((isGood: boolean) => void) | undefined> {
    this.breaker.fire().catch(() => undefined);
    await settled();
    return this.ends.pop();
  }

  stop(): void {
    this.breaker.shutdown();
  }
}

/** Opossum tells its listeners a few promises later. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

type Step =
  | { readonly kind: 'call' | 'end'; readonly isGood: boolean }
  | { readonly kind: 'fire' }
  | { readonly kind: 'wait'; readonly ms: number };

/** Mostly calls that end at once, so that windows fill, and breakers close again as often as they open. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('call' as const), isGood: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fire' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), isGood: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(250) }) },
);

/** A call that runs in both. */
interface Running {
  readonly ticket: number;
  readonly end: (isGood: boolean) => void;
}

class Bench {
  private readonly clock = createManualClock();
  private readonly ours = breakerOf(this.clock);
  private readonly model = new Model(300);
  private running: Running[] = [];
  private state = 'closed';

  async take(taken: Step): Promise<void> {
    if (taken.kind === 'wait') {
      this.clock.advance(taken.ms);
      await vi.advanceTimersByTimeAsync(taken.ms);
    } else {
      if (taken.kind !== 'end') await this.fire();
      if (taken.kind !== 'fire') await this.end(taken.isGood);
    }
    expect(this.ours.state).toBe(this.model.state);
    if (this.model.state !== this.state) this.forget();
  }

  stop(): void {
    this.model.stop();
  }

  private async fire(): Promise<void> {
    const ticket = this.ours.fire();
    const end = await this.model.fire();
    expect(ticket === REFUSED).toBe(end === undefined);
    if (end !== undefined) this.running.push({ ticket, end });
  }

  private async end(isGood: boolean): Promise<void> {
    const call = this.running.shift();
    if (call === undefined) return;
    call.end(isGood);
    await settled();
    if (isGood) this.ours.succeed(call.ticket);
    else this.ours.fail(call.ticket);
  }

  /** What calls of before a change of state decide is where the two differ; in opossum these stay without an end. */
  private forget(): void {
    for (const { ticket } of this.running) this.ours.abandon(ticket);
    this.running = [];
    this.state = this.model.state;
  }
}

describe('a circuit breaker', () => {
  afterEach(() => void vi.useRealTimers());

  it('decides as opossum does', async () => {
    vi.useFakeTimers();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 100, maxLength: 200 }), async steps => {
        const bench = new Bench();
        try {
          for (const taken of steps) await bench.take(taken);
        } finally {
          bench.stop();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('stays closed below its volume, and at its threshold', () => {
    const breaker = breakerOf(createManualClock());
    failTimes(breaker, 3);
    expect(breaker.state).toBe('closed');
    const even = breakerOf(createManualClock());
    for (let i = 0; i < 10; i++) {
      even.succeed(even.fire());
      even.fail(even.fire());
    }
    expect(even.state).toBe('closed');
  });

  it('lets one probe through when its time has come, which opens or closes it', () => {
    const clock = createManualClock();
    const breaker = breakerOf(clock);
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
  });

  it('gives the turn of a probe that is broken off to the next', () => {
    const clock = createManualClock();
    const breaker = breakerOf(clock);
    failTimes(breaker, 4);
    clock.advance(300);
    breaker.abandon(breaker.fire());
    expect(breaker.fire()).not.toBe(REFUSED);
  });

  it('is not closed by an answer to a call of before it opened', () => {
    const clock = createManualClock();
    const breaker = breakerOf(clock);
    const late = breaker.fire();
    failTimes(breaker, 4);
    clock.advance(300);
    breaker.succeed(late);
    expect(breaker.state).toBe('halfOpen');
  });

  it('forgets failures that have left its window', () => {
    const clock = createManualClock();
    const breaker = breakerOf(clock);
    failTimes(breaker, 3);
    clock.advance(1_000);
    failTimes(breaker, 3);
    expect(breaker.state).toBe('closed');
  });
});
