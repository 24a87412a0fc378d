// SPDX-License-Identifier: Apache-2.0

/** Shortens a text as long as `isStillWrong` holds: leaves out ever smaller parts of it (delta debugging). */
export function minimise(text: string, isStillWrong: (shorter: string) => boolean): string {
  let shortest = text;
  for (let length = Math.ceil(text.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = 0; at < shortest.length;) {
      const shorter = shortest.slice(0, at) + shortest.slice(at + length);
      if (isStillWrong(shorter)) shortest = shorter;
      else at += length;
    }
  }
  return shortest;
}
