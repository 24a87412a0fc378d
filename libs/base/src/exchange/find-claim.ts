// SPDX-License-Identifier: Apache-2.0
import type { Identity } from './identity.ts';

type Claims = NonNullable<Identity['claims']>;

/** What a path of names leads to; undefined where it leads to nothing or to null. Elements of lists have no names. */
export function findClaim(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value ?? undefined;
}

/**
 * A claim as the texts that rules compare: strings, numbers and booleans as they are written, of a list each of its elements, of `scope`
 * each of its words (RFC 8693 §4.2). Objects have none.
 */
export function claimTexts(claims: Claims, path: readonly string[]): readonly string[] {
  const value = findClaim(claims, path);
  if (path.length === 1 && path[0] === 'scope' && typeof value === 'string') return value.split(' ');
  return (Array.isArray(value) ? value : [value]).flatMap(element => scalarText(element) ?? []);
}

/** Undefined for what is no string, number or boolean. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
