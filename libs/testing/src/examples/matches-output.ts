// SPDX-License-Identifier: Apache-2.0

/**
 * Whether `actual` is what a README says: letter by letter, but for `...`, which is any text within a line, and any lines where it
 * is a line of its own.
 */
export function matchesOutput(expected: string, actual: string): boolean {
  const lines = expected.split('\n').map(line => (line.trim() === '...' ? String.raw`(?:.*\n)*?` : `${patternOf(line)}\n`));
  return new RegExp(`^${lines.join('')}$`, 'v').test(`${actual}\n`);
}

function patternOf(line: string): string {
  return line
    .split('...')
    .map(text => text.replaceAll(/[\^$\\.*+?\(\)\[\]\{\}\|\/]/gv, String.raw`\$&`))
    .join('.*');
}
