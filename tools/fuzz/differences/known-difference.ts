// SPDX-License-Identifier: Apache-2.0
import type { Direction } from '../parsers/outcome.ts';
import type { Difference } from './compare.ts';

/** A difference with what is needed to judge it. */
export interface Parting extends Difference {
  readonly direction: Direction;
  /** The input, one character a byte. */
  readonly text: string;
  /** What follows the messages that both took: the message at which they part. */
  readonly rest: string;
  /** Fields of the head at which they part, as llhttp read them; empty when it did not get so far. */
  readonly head: readonly string[];
}

/** A way in which Weir and llhttp may differ, with its reason. */
export interface KnownDifference {
  readonly name: string;
  /** Why Weir is right, or why it does not matter. */
  readonly because: string;
  readonly kinds: readonly Difference['kind'][];
  /** A short input that shows it. */
  readonly example: readonly [direction: Direction, text: string];
  /** Holds for the differences that it explains, and looks at the input wherever that can be done. */
  explains(parting: Parting): boolean;
}

/** Values of a field in the head at which they part. */
export function fieldValues({ head }: Parting, name: string): readonly string[] {
  const start = `${name}: `;
  return head.filter(line => line.startsWith(start)).map(line => line.slice(start.length));
}

/** First line of the message at which they part; an empty line before a request does not count. */
export function startLine({ rest, direction }: Parting): string {
  const start = direction === 'request' && rest.startsWith('\r\n') ? 2 : 0;
  const end = rest.indexOf('\r\n', start);
  return end === -1 ? rest.slice(start) : rest.slice(start, end);
}
