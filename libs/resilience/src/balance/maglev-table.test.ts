// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMaglevTable } from './maglev-table.ts';
import { hashText, rehash } from './text-hash.ts';

const names = fc.uniqueArray(fc.ipV4(), { minLength: 2, maxLength: 40 }).map(addresses => addresses.sort());

/** Population as the paper writes it (§3.4, pseudocode 1), with whole permutations. */
function tableByThePaper(endpoints: readonly string[], places: number): readonly number[] {
  const permutations = endpoints.map(name => {
    const [offset, skip] = [hashText(name) % places, (rehash(hashText(name)) % (places - 1)) + 1];
    return Array.from({ length: places }, (_, j) => (offset + j * skip) % places);
  });
  const entry = Array.from({ length: places }, () => -1);
  const next = endpoints.map(() => 0);
  for (let n = 0; ;) {
    for (const [i, permutation] of permutations.entries()) {
      while (entry[permutation[next[i]!]!]! >= 0) next[i]! += 1;
      entry[permutation[next[i]!]!] = i;
      next[i]! += 1;
      n += 1;
      if (n === places) return entry;
    }
  }
}

describe('a Maglev table', () => {
  it('is populated as the paper says', () => {
    fc.assert(
      fc.property(names, fc.constantFrom(53, 251, 1009), (endpoints, places) => {
        expect([...createMaglevTable(endpoints, places)]).toEqual(tableByThePaper(endpoints, places));
      }),
    );
  });

  it('gives each endpoint the same share, within one place', () => {
    fc.assert(
      fc.property(names, endpoints => {
        const counts = endpoints.map(() => 0);
        for (const index of createMaglevTable(endpoints)) counts[index]! += 1;
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  });

  it('moves hardly more than the places of the endpoint that goes', () => {
    fc.assert(
      fc.property(names, fc.nat(), (endpoints, seed) => {
        const gone = endpoints[seed % endpoints.length];
        const left = endpoints.filter(name => name !== gone);
        const [before, after] = [createMaglevTable(endpoints), createMaglevTable(left)];
        let movedCount = 0;
        for (const [place, index] of before.entries()) if (endpoints[index] !== left[after[place]!]) movedCount++;
        expect(movedCount / before.length).toBeGreaterThanOrEqual(1 / endpoints.length - 0.001);
        expect(movedCount / before.length).toBeLessThan(1 / endpoints.length + 0.03);
      }),
      { numRuns: 20 },
    );
  });

  it('takes more endpoints than it has places', () => {
    const endpoints = Array.from({ length: 300 }, (_, i) => String(i));
    expect(new Set(createMaglevTable(endpoints, 251)).size).toBe(251);
  });
});
