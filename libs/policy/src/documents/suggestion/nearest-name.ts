// SPDX-License-Identifier: Apache-2.0

/**
 * Comparisons of one letter with another that a suggestion is worth: a millisecond. Anybody may refer thousands of times to what is not among
 * thousands of long names of his own, and whoever reads that has all others wait.
 */
const MAX_COMPARISONS = 200_000;

/**
 * The known name that somebody most likely meant: at most a third of its letters differ, upper and lower case being the same.
 * Undefined when none is that close, or too many names would have to be looked at.
 */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  const candidates = candidatesFor(written, known);
  if (candidates === undefined) return undefined;
  const folded = written.toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const name of candidates) {
    const distance = editDistance(folded, name.toLowerCase());
    if (distance > limitFor(written, name) || distance > bestDistance) continue;
    // Equal distances: the first by alphabet, so that the order of files does not show.
    if (distance < bestDistance || best === undefined || name < best) best = name;
    bestDistance = distance;
  }
  return best;
}

/** Those of about the same length; undefined = too many, whatever their order. */
function candidatesFor(written: string, known: Iterable<string>): readonly string[] | undefined {
  const candidates: string[] = [];
  let comparisons = 0;
  for (const name of known) {
    if (Math.abs(name.length - written.length) > limitFor(written, name)) continue;
    comparisons += name.length * written.length;
    if (comparisons > MAX_COMPARISONS) return undefined;
    candidates.push(name);
  }
  return candidates;
}

/** So many letters may differ. */
function limitFor(written: string, name: string): number {
  return Math.max(1, Math.floor(Math.max(name.length, written.length) / 3));
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
