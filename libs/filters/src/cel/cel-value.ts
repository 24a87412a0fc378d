// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { CEL_LIMITS } from '@weir/policy/snapshot';

/** What an expression comes to. Maps are JSON objects, the query, or the fields of a head. */
export type CelValue = CelMap | boolean | number | string | readonly CelValue[] | null;
export type CelMap = HeaderList | ReadonlyMap<string, CelValue> | { readonly [name: string]: CelValue };

/** There is no value. Made beforehand: failing costs a request no more than succeeding, and nothing is thrown. */
export class CelFailure {
  /** For operators; nothing of the request is in it. */
  readonly detail: string;

  constructor(detail: string) {
    this.detail = detail;
  }
}

export type CelResult = CelFailure | CelValue;

export const WRONG_TYPE = new CelFailure('a value is of another type than is asked for');
export const NO_SUCH_KEY = new CelFailure('there is no such key');
export const TOO_LONG = new CelFailure('a text or list is longer than can be gone through');

/** The member of a map with a name; undefined = there is none, or it is no map. */
export function memberOf(value: CelValue, name: string): CelValue | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return undefined;
  if (isHeaders(value)) return value.getJoined(name);
  if (isMap(value)) return value.get(name);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** What goes through a list, or through the keys of a map. */
export function elementsOf(value: CelValue): CelFailure | readonly CelValue[] {
  if (typeof value !== 'object' || value === null) return WRONG_TYPE;
  const elements = isList(value) ? value : keysOf(value);
  return elements.length > CEL_LIMITS.elements ? TOO_LONG : elements;
}

export function keysOf(map: CelMap): readonly string[] {
  if (isHeaders(map)) return [...new Set(map.names)];
  return isMap(map) ? [...map.keys()] : Object.keys(map);
}

export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

function isMap(value: CelMap): value is ReadonlyMap<string, CelValue> {
  return value instanceof Map;
}

function isHeaders(value: CelMap): value is HeaderList {
  return value instanceof HeaderList;
}
