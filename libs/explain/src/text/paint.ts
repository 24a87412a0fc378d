// SPDX-License-Identifier: Apache-2.0

export type Mark = (text: string) => string;

/** Marks text for a terminal; without colour it changes nothing. */
export interface Paint {
  readonly bold: Mark;
  readonly dim: Mark;
  readonly good: Mark;
  readonly warn: Mark;
  readonly bad: Mark;
}

const ESCAPE = '\u001b[';

export function createPaint({ isColour }: { readonly isColour: boolean }): Paint {
  const sgr =
    (code: number, end: number): Mark =>
    text =>
      isColour ? `${ESCAPE}${code}m${text}${ESCAPE}${end}m` : text;
  return { bold: sgr(1, 22), dim: sgr(2, 22), good: sgr(32, 39), warn: sgr(33, 39), bad: sgr(31, 39) };
}
