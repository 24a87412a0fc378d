// SPDX-License-Identifier: Apache-2.0
import { hashText, rehash } from './text-hash.ts';

/**
 * Places of a table: prime, so that every step visits them all; always the same number, as another one would move every key; and so
 * few that a table is made within a slice of an update (Cilium has as many). With up to 163 endpoints their shares differ by 1 % at most (the paper asks for 100 places for each), with
 * 500 by 3 %.
 */
const MAGLEV_PLACES = 16_381;

/** No index: endpoints beyond as many have no place. */
const FREE = 0xffff;

/**
 * Which endpoint has which place, by Maglev's population (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
 * Balancer", NSDI 2016, §3.4): each endpoint in turn takes the next free place of a permutation that its name decides. So all have
 * the same share, within one place, and when one of n goes, little more than its own places change hands. `names` must be in an
 * order of their own, such as sorted; at least one. With more endpoints than places the last ones have none.
 */
export function createMaglevTable(names: readonly string[], places = MAGLEV_PLACES): Uint16Array {
  const table = new Uint16Array(places).fill(FREE);
  const hashes = names.map(name => hashText(name));
  const next = Int32Array.from(hashes, hash => hash % places);
  const steps = Int32Array.from(hashes, hash => 1 + (rehash(hash) % (places - 1)));
  const count = Math.min(names.length, FREE);
  for (let filled = 0; filled < places;) {
    for (let index = 0; index < count && filled < places; index++, filled++) {
      takePlace(table, index, { next, steps });
    }
  }
  return table;
}

interface Permutations {
  /** Where each endpoint looks next. */
  readonly next: Int32Array;
  readonly steps: Int32Array;
}

function takePlace(table: Uint16Array, index: number, { next, steps }: Permutations): void {
  const places = table.length;
  const step = steps[index]!;
  let place = next[index]!;
  while (table[place] !== FREE) {
    place += step;
    if (place >= places) place -= places;
  }
  table[place] = index;
  next[index] = place;
}
