// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

const OPTIONS = { share: 0.2, minPerSecond: 10 };

function withdrawAll(budget: RetryBudget, wanted = 1000): number {
  let count = 0;
  while (count < wanted && budget.withdraw()) count++;
  return count;
}

describe('a budget of retries', () => {
  it('has a few each second without any request', () => {
    const clock = createManualClock();
    const budget = new RetryBudget({ ...OPTIONS, clock });
    expect(withdrawAll(budget)).toBe(10);
    clock.advance(500);
    expect(withdrawAll(budget)).toBe(5);
    clock.advance(60_000);
    expect(withdrawAll(budget)).toBe(10);
  });

  it('has a share of the requests, of which little can be saved up', () => {
    const budget = new RetryBudget({ ...OPTIONS, clock: createManualClock() });
    for (let i = 0; i < 50; i++) budget.deposit();
    expect(withdrawAll(budget)).toBe(20);
    for (let i = 0; i < 100_000; i++) budget.deposit();
    expect(withdrawAll(budget)).toBe(100);
  });

  it('never gives more than the share, the few a second and what may be saved', () => {
    const step = fc.record({ requests: fc.nat(50), retries: fc.nat(50), ms: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), steps => {
        const clock = createManualClock();
        const budget = new RetryBudget({ ...OPTIONS, clock });
        let [requests, retries, elapsedMs] = [0, 0, 0];
        for (const { requests: made, retries: wanted, ms } of steps) {
          for (let i = 0; i < made; i++) budget.deposit();
          requests += made;
          retries += withdrawAll(budget, wanted);
          clock.advance(ms);
          elapsedMs += ms;
          expect(retries).toBeLessThanOrEqual(requests * 0.2 + (elapsedMs / 1000) * 10 + 10 + 1e-6);
        }
      }),
    );
  });
});
