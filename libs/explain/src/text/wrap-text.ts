// SPDX-License-Identifier: Apache-2.0

/** Columns of a terminal that nobody has widened. */
export const TEXT_COLUMNS = 80;

/** Breaks text at spaces into lines of at most `columns`; a single longer word stays whole, so that it can be copied. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const isFull = line !== '' && line.length + 1 + word.length > columns;
    if (isFull) lines.push(line);
    line = isFull || line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
