// SPDX-License-Identifier: Apache-2.0

/** Names a place in an expression for people: `at 12 (\`claims.x > 3\`) `; of long ones, and those of several lines, the part that begins there. */
export function placeOf(source: string, offset: number): string {
  const from = source.slice(offset);
  const [line = ''] = from.split('\n');
  const shown = line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)}…` : line;
  return offset === 0 ? '' : `at character ${offset + 1} (\`${shown}\`) `;
}

const SHOWN_LENGTH = 24;
