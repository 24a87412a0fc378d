// SPDX-License-Identifier: Apache-2.0

/** At most `width` characters; what does not fit ends with `…`. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0)).trimEnd()}…`;
}

/** Lines of at most `width` characters, broken between words; at least one. A longer word is shortened. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') lines.push(line);
    line = longer.length > width ? shorten(word, width) : longer;
  }
  return [...lines, line];
}
