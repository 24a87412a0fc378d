// SPDX-License-Identifier: Apache-2.0
import type { Message, Outcome } from '../parsers/outcome.ts';

/** The first point at which two parsers part. */
export interface Difference {
  /**
   * `only-llhttp`: it took a message or part of one that Weir refused. `only-weir`: the reverse, which is what smuggling needs.
   * `content`: both took it and read it differently. `end`: both took the same and see the stream in another state.
   */
  readonly kind: 'only-llhttp' | 'only-weir' | 'content' | 'end';
  /** What differs, for people. */
  readonly detail: string;
  /** How many messages both took alike before. */
  readonly index: number;
  readonly weir: Outcome;
  readonly llhttp: Outcome;
  /** Message at which they part, where a parser completed it. */
  readonly weirMessage: Message | undefined;
  readonly llhttpMessage: Message | undefined;
}

/** Undefined when both parsers see the same messages and the same end. Once both have refused, nothing more is compared. */
export function compareOutcomes(weir: Outcome, llhttp: Outcome): Difference | undefined {
  const count = Math.max(weir.messages.length, llhttp.messages.length);
  for (let index = 0; index < count; index++) {
    const weirMessage = weir.messages[index];
    const llhttpMessage = llhttp.messages[index];
    const parting = { index, weir, llhttp, weirMessage, llhttpMessage };
    if (weirMessage === undefined || llhttpMessage === undefined) return describeEnd(parting);
    const detail = compareMessages(weirMessage, llhttpMessage);
    if (detail !== undefined) return { ...parting, kind: 'content', detail };
  }
  if (weir.end === llhttp.end) return undefined;
  return describeEnd({ index: count, weir, llhttp, weirMessage: undefined, llhttpMessage: undefined });
}

function describeEnd(parting: Omit<Difference, 'kind' | 'detail'>): Difference {
  const { weir, llhttp } = parting;
  const detail = `Weir ends ${describeOutcome(weir)}, llhttp ends ${describeOutcome(llhttp)}`;
  if (weir.end === 'refused' && parting.weirMessage === undefined) return { ...parting, kind: 'only-llhttp', detail };
  if (llhttp.end === 'refused' && parting.llhttpMessage === undefined) return { ...parting, kind: 'only-weir', detail };
  return { ...parting, kind: 'end', detail };
}

function describeOutcome({ end, reason, messages }: Outcome): string {
  return `${end}${reason === '' ? '' : ` (${reason})`} after ${messages.length}`;
}

function compareMessages(weir: Message, llhttp: Message): string | undefined {
  if (weir.line !== llhttp.line) return `line \`${weir.line}\` against \`${llhttp.line}\``;
  if (!areEqual(weir.fields, llhttp.fields)) {
    return `fields ${JSON.stringify(weir.fields)} against ${JSON.stringify(llhttp.fields)}`;
  }
  if (weir.body !== llhttp.body) return `body ${JSON.stringify(weir.body)} against ${JSON.stringify(llhttp.body)}`;
  if (!areEqual(weir.trailers, llhttp.trailers)) {
    return `trailers ${JSON.stringify(weir.trailers)} against ${JSON.stringify(llhttp.trailers)}`;
  }
  if (weir.isPersistent !== llhttp.isPersistent) return `persistence ${weir.isPersistent} against ${llhttp.isPersistent}`;
  return undefined;
}

function areEqual(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}
