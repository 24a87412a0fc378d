// SPDX-License-Identifier: Apache-2.0
import { createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHashPicker } from './consistent-hash.ts';
import { hashText } from './text-hash.ts';

const NAMES = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80', '10.0.0.4:80', '10.0.0.5:80'];
const KEYS = Array.from({ length: 5_000 }, (_, i) => hashText(`user-${i}`));

function pickerOf(names: readonly string[], seed = 1) {
  return createHashPicker({ names, random: createSeededRandom(seed) });
}

describe('consistent hashing', () => {
  it('leads a key to one endpoint, and its retries to one other, in every worker', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer(), fc.integer(), (text, seed, otherSeed) => {
        const key = hashText(text);
        const [one, other] = [pickerOf(NAMES, seed), pickerOf(NAMES, otherSeed)];
        const first = one.pick(-1, key);
        expect(other.pick(-1, key)).toBe(first);
        expect(one.pick(first, key)).toBe(other.pick(first, key));
        expect(one.pick(first, key)).not.toBe(first);
      }),
    );
  });

  it('spreads keys evenly', () => {
    const picker = pickerOf(NAMES);
    const counts = NAMES.map(() => 0);
    for (const key of KEYS) counts[picker.pick(-1, key)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
  });

  it('moves about a fifth of the keys when one of five endpoints goes, none of them needlessly', () => {
    const left = NAMES.filter((_name, index) => index !== 2);
    const [before, after] = [pickerOf(NAMES), pickerOf(left)];
    const moved = KEYS.filter(key => NAMES[before.pick(-1, key)] !== left[after.pick(-1, key)]);
    const needless = moved.filter(key => before.pick(-1, key) !== 2);
    expect(moved.length / KEYS.length).toBeGreaterThan(0.17);
    expect(moved.length / KEYS.length).toBeLessThan(0.24);
    expect(needless.length / KEYS.length).toBeLessThan(0.02);
  });

  it('spreads the retries of keys that had one endpoint', () => {
    const picker = pickerOf(NAMES);
    const retried = KEYS.filter(key => picker.pick(-1, key) === 0).map(key => picker.pick(0, key));
    for (const index of [1, 2, 3, 4]) expect(retried.filter(one => one === index).length / retried.length).toBeGreaterThan(0.15);
  });

  it('takes any endpoint for a request without a key', () => {
    const picker = pickerOf(NAMES);
    expect(new Set(Array.from({ length: 200 }, () => picker.pick(3)))).toEqual(new Set([0, 1, 2, 4]));
  });
});
