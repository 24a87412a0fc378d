// SPDX-License-Identifier: Apache-2.0
import { isDuration } from '@weir/base';
import { quantityFromText } from './quantity.ts';

/** What is wrong with a value, and what to write; undefined = nothing. */
export type ValueCheck = (value: string) => string | undefined;

/** As `weir intercept` takes them. */
const MAX_ITEMS = 256;
const MAX_PORT = 65_535;
const MAX_USER_ID = 4_294_967_294;

export function oneOf(...words: readonly string[]): ValueCheck {
  return value =>
    words.includes(value) ? undefined : `${shown(value)} is not known: write ${words.map(word => `"${word}"`).join(' or ')}`;
}

export const quantityProblem: ValueCheck = value =>
  (quantityFromText(value) ?? 0) > 0 ? undefined : `${shown(value)} is no amount: write such as "100m" or "128Mi"`;

export const ratioProblem: ValueCheck = value =>
  /^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/.test(value) ? undefined : `${shown(value)} is no share: write a number from 0 to 1`;

export const durationProblem: ValueCheck = value =>
  isDuration(value) ? undefined : `${shown(value)} is no duration: write such as "30s" or "1m30s"`;

/** Values with commas between, each checked by itself, and all that is wrong told at once. */
export function listOf(check: ValueCheck): ValueCheck {
  return value => {
    const items = value.split(',').map(item => item.trim());
    if (items.length > MAX_ITEMS) return `names ${items.length}: write at most ${MAX_ITEMS}; ranges count as one`;
    const problems = items.flatMap(item => check(item) ?? []);
    return problems.length === 0 ? undefined : problems.join('; ');
  };
}

export const portProblem: ValueCheck = item =>
  isRange(item, { first: 1, last: MAX_PORT }) ? undefined : `${shown(item)} is no port: write such as 22 or 8000-8100`;

export const userIdProblem: ValueCheck = item =>
  isRange(item, { first: 0, last: MAX_USER_ID }) ? undefined : `${shown(item)} is no user id: write such as 1000 or 1000-1999`;

function isRange(text: string, { first, last }: { readonly first: number; readonly last: number }): boolean {
  const [, low, high = low] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
  return low !== undefined && Number(low) >= first && Number(low) <= Number(high) && Number(high) <= last;
}

/** A value in quotes, cut where it is long. */
export function shown(value: string): string {
  const most = 80;
  return JSON.stringify(value.length > most ? `${value.slice(0, most)}…` : value);
}
