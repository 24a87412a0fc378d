// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';

/** A hash of plain data: equal data, whatever the order of fields, has an equal hash; a field that is undefined is none. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (isMapping(part) ? sorted(part) : part));
}

function sorted(mapping: object): object {
  return Object.fromEntries(Object.entries(mapping).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
