// SPDX-License-Identifier: Apache-2.0
import type { Direction, Outcome, Parse } from '../parsers/outcome.ts';
import { parseByLlhttp } from '../parsers/llhttp.ts';
import { createWeirParse } from '../parsers/weir.ts';
import { compareOutcomes, type Difference } from './compare.ts';
import type { Parting } from './known-difference.ts';
import { JUDGED_LATER, KNOWN_DIFFERENCES } from './known-differences.ts';

/** What came of one input: agreement, or a known difference by its name. */
export interface Explained {
  readonly kind: 'same' | 'known';
  readonly name: string;
  readonly outcome: Outcome;
}

/** The same, or what nobody has explained. */
export type Finding = Explained | { readonly kind: 'unexplained'; readonly detail: string };

const parseByWeir: Parse = createWeirParse('later');
/** Ends a head, a line or a trailer section, whichever is open. */
const COMPLETION = '\r\n\r\n';

/** Lets both parsers read the same bytes and explains where they part. */
export function checkInput(text: string, direction: Direction): Finding {
  const pieces = [Buffer.from(text, 'latin1')];
  const weir = parseByWeir(pieces, direction);
  const llhttp = parseByLlhttp(pieces, direction);
  const difference = compareOutcomes(weir, llhttp);
  if (difference === undefined) return { kind: 'same', name: 'same', outcome: weir };
  const name = explain(partingFrom(difference, direction, text)) ?? explainCompleted(difference, direction, text);
  if (name !== undefined) return { kind: 'known', name, outcome: weir };
  return { kind: 'unexplained', detail: `${difference.kind}: ${difference.detail}` };
}

function explain(parting: Parting): string | undefined {
  return KNOWN_DIFFERENCES.find(known => known.kinds.includes(parting.kind) && known.explains(parting))?.name;
}

/** llhttp refuses at the first wrong byte, Weir at the end of the head or line: so its verdict is asked for with that end. */
function explainCompleted(difference: Difference, direction: Direction, text: string): string | undefined {
  if (difference.kind !== 'only-weir' || difference.weir.end !== 'incomplete') return undefined;
  const completed = text + COMPLETION;
  const weir = parseByWeir([Buffer.from(completed, 'latin1')], direction);
  const later = compareOutcomes(weir, difference.llhttp);
  if (later === undefined) return JUDGED_LATER;
  return explain(partingFrom(later, direction, completed));
}

function partingFrom(difference: Difference, direction: Direction, text: string): Parting {
  const { index, llhttp } = difference;
  return { ...difference, direction, text, rest: restAfter(index, direction, text), head: llhttp.heads[index] ?? [] };
}

/** What follows the first `count` messages: the number of messages only grows with the bytes, so their end is found by halving. */
function restAfter(count: number, direction: Direction, text: string): string {
  if (count === 0) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { messages } = parseByWeir([Buffer.from(text.slice(0, middle), 'latin1')], direction);
    if (messages.length >= count) high = middle;
    else low = middle + 1;
  }
  return text.slice(low);
}
