// SPDX-License-Identifier: Apache-2.0

/** Whole numbers from `first` to `last`, both included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** Reads `22` or `8000-8100`. Undefined where it is neither, or outside `bounds`. */
export function rangeFromText(text: string, bounds: NumberRange): NumberRange | undefined {
  const [, from = '', to = from] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  const isInside = from !== '' && first >= bounds.first && first <= last && last <= bounds.last;
  return isInside ? { first, last } : undefined;
}

/** The same numbers in ranges that neither overlap nor touch, in order: what means the same is written the same. */
export function mergeRanges(ranges: readonly NumberRange[]): readonly NumberRange[] {
  const merged: NumberRange[] = [];
  for (const range of ranges.toSorted((left, right) => left.first - right.first)) {
    const previous = merged.at(-1);
    if (previous === undefined || range.first > previous.last + 1) merged.push(range);
    else merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
  }
  return merged;
}

export function formatRange({ first, last }: NumberRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
