// SPDX-License-Identifier: Apache-2.0

/** The known name that somebody most likely meant: at most a third of its letters differ. Undefined when none is that close. */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const name of known) {
    const limit = Math.max(1, Math.floor(Math.max(name.length, written.length) / 3));
    if (Math.abs(name.length - written.length) > limit) continue;
    const distance = editDistance(written, name);
    if (distance > limit || distance > bestDistance) continue;
    // Equal distances: the first by alphabet, so that the order of files does not show.
    if (distance < bestDistance || best === undefined || name < best) best = name;
    bestDistance = distance;
  }
  return best;
}

/** Levenshtein's: insertions, deletions and substitutions. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}
