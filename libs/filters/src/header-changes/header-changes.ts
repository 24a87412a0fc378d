// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import type { HeaderChanges } from '@weir/policy/snapshot';

/** Removes from trailers every field that the changes name: behind a head that was changed, it would undo the change. */
export function removeChangedFields(trailers: HeaderList, { set, add, remove }: HeaderChanges): void {
  trailers.removeAny(new Set([...set, ...add].map(field => field.name).concat(remove)));
}

/** Applies the changes in the order set, add, remove. `add` appends a field of its own behind those of equal name. */
export function applyHeaderChanges(headers: HeaderList, { set, add, remove }: HeaderChanges): void {
  for (let i = 0; i < set.length; i++) headers.set(set[i]!.name, set[i]!.value);
  for (let i = 0; i < add.length; i++) headers.append(add[i]!.name, add[i]!.value);
  for (let i = 0; i < remove.length; i++) headers.remove(remove[i]!);
}
