// SPDX-License-Identifier: Apache-2.0
import type { Direction, Outcome } from '../parsers/outcome.ts';
import { createWeirParse } from '../parsers/weir.ts';

/** Above this length only the byte-by-byte reading is tried: the number of splits grows with the length, the cost with its square. */
const LONGEST_SPLIT = 1_000;
/** Ends a head, a line or a trailer section, whichever is open. */
const COMPLETION = '\r\n\r\n';

const parseWhole = createWeirParse('later');
const parsePieces = createWeirParse('at once');

/**
 * Reads an input in two pieces, cut at each byte in turn, and byte by byte. Returns what came out differently from reading it
 * in one piece, or undefined.
 */
export function checkSplits(text: string, direction: Direction): string | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const whole = parseWhole([bytes], direction);
  const isWrong = (pieces: readonly Buffer[]): boolean => !isSame(parsePieces(pieces, direction), whole, { text, direction });
  if (isWrong(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))) return 'read byte by byte it comes out differently';
  if (bytes.length > LONGEST_SPLIT) return undefined;
  for (let at = 1; at < bytes.length; at++) {
    if (isWrong([bytes.subarray(0, at), bytes.subarray(at)])) return `split at byte ${at} it comes out differently`;
  }
  return undefined;
}

interface Input {
  readonly text: string;
  readonly direction: Direction;
}

/** Reasons are left out: with fewer bytes at hand another fault of the same bytes may be seen first, or the same one sooner. */
function isSame(split: Outcome, whole: Outcome, { text, direction }: Input): boolean {
  if (JSON.stringify(split.messages) !== JSON.stringify(whole.messages)) return false;
  if (split.end === whole.end) return true;
  const isSooner = split.end === 'refused' && whole.end === 'incomplete';
  return isSooner && parseWhole([Buffer.from(text + COMPLETION, 'latin1')], direction).end === 'refused';
}
