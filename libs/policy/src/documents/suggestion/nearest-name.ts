// SPDX-License-Identifier: Apache-2.0

/**
 * The known name that somebody most likely meant: at most a third of its letters differ, upper and lower case being the same.
 * Undefined when none is that close.
 */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  const folded = written.toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const name of known) {
    const limit = Math.max(1, Math.floor(Math.max(name.length, written.length) / 3));
    if (Math.abs(name.length - written.length) > limit) continue;
    const distance = editDistance(folded, name.toLowerCase());
    if (distance > limit || distance > bestDistance) continue;
    // Equal distances: the first by alphabet, so that the order of files does not show.
    if (distance < bestDistance || best === undefined || name < best) best = name;
    bestDistance = distance;
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      const isSwap = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const swap = isSwap ? beforePrevious[column - 2]! + 1 : Infinity;
      current.push(Math.min(substitution, swap, previous[column]! + 1, current[column - 1]! + 1));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length]!;
}
