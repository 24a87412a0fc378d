// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';
import { FIELD_MANAGER } from '../write/cluster-writer.ts';
import { fieldsOf, listOf } from './plain-fields.ts';
import type { Fields } from './plain-fields.ts';

/** Which fields of the status Weir has applied (meta/v1 FieldsV1); undefined = none. */
export function ownedStatusFields({ metadata }: ClusterObject): Fields | undefined {
  const { managedFields } = fieldsOf(metadata);
  const entries = listOf(managedFields).map(fieldsOf);
  const own = entries.find(
    ({ manager, subresource, operation }) => manager === FIELD_MANAGER && subresource === 'status' && operation === 'Apply',
  );
  if (own === undefined) return undefined;
  const { 'f:status': status } = fieldsOf(own['fieldsV1']);
  return status === undefined ? undefined : fieldsOf(status);
}

/** Whether all that is owned is in `applied` as well; what is not would go with the next apply. */
export function coversOwned(applied: unknown, owned: Fields): boolean {
  return Object.entries(owned).every(([mark, below]) => {
    if (mark === '.' || mark.startsWith('v:')) return true;
    const member = mark.startsWith('k:') ? elementOf(applied, mark.slice(2)) : fieldsOf(applied)[mark.slice(2)];
    return member !== undefined && coversOwned(member, fieldsOf(below));
  });
}

/** `key` is JSON of the members by which a list is a map: `{"type":"Accepted"}`. */
function elementOf(list: unknown, key: string): unknown {
  const members = Object.entries(fieldsOf(JSON.parse(key)));
  return listOf(list).find(element => members.every(([name, value]) => fieldsOf(element)[name] === value));
}
