// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { fieldsOf, listOf } from './plain-fields.ts';

/** Lists of statuses that an API server merges element by element (x-kubernetes-list-type: map), with what tells elements apart. */
const LIST_KEYS: Readonly<Record<string, string>> = { conditions: 'type', listeners: 'name', supportedFeatures: 'name' };

/** Whether all of `applied` is in `found`, which may have more of others. Lists that are one thing to an API server have to be the same. */
export function hasAll(found: unknown, applied: object): boolean {
  const there = fieldsOf(found);
  return Object.entries(applied).every(([name, value]) => hasField(there[name], value, name));
}

function hasField(found: unknown, value: unknown, name: string): boolean {
  const key = LIST_KEYS[name];
  if (key === undefined || !Array.isArray(value)) return isDeepStrictEqual(found, value);
  const there = new Map(listOf(found).map(element => [fieldsOf(element)[key], element]));
  return value.every((element: unknown) => hasAll(there.get(fieldsOf(element)[key]), fieldsOf(element)));
}
