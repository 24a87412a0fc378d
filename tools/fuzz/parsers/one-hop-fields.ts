// SPDX-License-Identifier: Apache-2.0
import type { Direction } from './outcome.ts';

export interface RawField {
  /** Lower-case. */
  readonly name: string;
  readonly value: string;
}

/** RFC 9110 §7.6.1 and §6.5.1, written down once more and on purpose not taken from the codec under test. */
const ONE_HOP = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
/** Fields of which servers that fold `_` to `-` must not find a second one; see field-names.ts of the codec. */
const WITHOUT_TWIN = new Set([
  ...ONE_HOP,
  'host',
  'authorization',
  'cookie',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]);
/** What Connection may name without effect: close and its like are no fields, and the others of the vocabulary are end to end. */
const NEVER_NAMED = new Set([
  'accept',
  'authorization',
  'close',
  'content-type',
  'cookie',
  'keep-alive',
  'upgrade',
  'user-agent',
  'via',
  'x-request-id',
]);

/** What a proxy passes on of a head, as `name: value`: a request's Host first, `te: trailers` last. */
export function fieldsBeyondOneHop(fields: readonly RawField[], direction: Direction): string[] {
  const joined = (wanted: string): string[] =>
    fields.filter(({ name }) => name === wanted).flatMap(({ value }) => splitList(value));
  const named = new Set(joined('connection').filter(option => !NEVER_NAMED.has(option)));
  const passing = fields.filter(({ name }) => !ONE_HOP.has(name) && name !== 'host' && !named.has(name) && !isTwin(name));
  const host = fields.filter(({ name }) => name === 'host').slice(0, direction === 'request' ? 1 : 0);
  const te = direction === 'request' && joined('te').includes('trailers') ? ['te: trailers'] : [];
  return [...[...host, ...passing].map(({ name, value }) => `${name}: ${value}`), ...te];
}

function isTwin(name: string): boolean {
  return name.includes('_') && WITHOUT_TWIN.has(name.replaceAll('_', '-'));
}

function splitList(value: string): string[] {
  return value.split(',').map(part => part.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase());
}
