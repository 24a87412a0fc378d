// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import type { Balance } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { EndpointLatency } from './endpoint-latency.ts';
import { createEndpointPicker } from './endpoint-picker.ts';
import { pickUntried } from './pick-untried.ts';
import { hashText } from './text-hash.ts';

const HASH: Balance = { kind: 'consistentHash', by: 'header', name: 'x' };
const BALANCES: readonly Balance[] = ['leastRequest', 'roundRobin', 'random', 'peakEwma', HASH];

function pickerOf(balance: Balance, count: number, seed: number) {
  const indexes = Array.from({ length: count }, (_, i) => i);
  return createEndpointPicker(balance, {
    names: indexes.map(i => `10.0.0.${i}:80`),
    slots: indexes,
    // The first is always preferred by those who look at loads.
    loads: { begin: () => undefined, end: () => undefined, inFlight: slot => (slot === 0 ? 0 : 100) },
    latencies: indexes.map(() => new EndpointLatency({ nowMs: () => 0 })),
    utilizations: [],
    clock: createManualClock(),
    random: createSeededRandom(seed),
  });
}

describe.each(BALANCES)('another attempt under %o', balance => {
  it('goes to an endpoint that none has gone to, as long as there is one, and then never to the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 15 }), fc.nat(), (count, attempts, seed) => {
        const picker = pickerOf(balance, count, seed);
        const key = hashText(`key-${seed}`);
        let last = picker.pick(-1, key);
        const tried = new Set([last]);
        for (let i = 1; i < attempts; i++) {
          const index = pickUntried(picker, { tried, last, count, isUsable: () => true, key });
          expect(index).toBeGreaterThanOrEqual(0);
          expect(index).toBeLessThan(count);
          if (tried.size < count) expect(tried.has(index)).toBe(false);
          else if (count > 1) expect(index).not.toBe(last);
          tried.add(index);
          last = index;
        }
      }),
    );
  });
});

it('is the same for equal keys, whatever chance says', () => {
  const [one, other] = [pickerOf(HASH, 5, 1), pickerOf(HASH, 5, 2)];
  for (let key = 0; key < 200; key++) {
    const first = one.pick(-1, key);
    const second = pickUntried(one, { tried: new Set([first]), last: first, count: 5, isUsable: () => true, key });
    const tried = { tried: new Set([first, second]), last: second, count: 5, isUsable: () => true, key };
    expect(pickUntried(one, tried)).toBe(pickUntried(other, tried));
  }
});
