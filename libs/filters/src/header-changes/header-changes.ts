// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import type { HeaderChanges } from '@weir/policy/snapshot';

/** Applies the changes in the order set, add, remove. `add` appends a field of its own behind those of equal name. */
export function applyHeaderChanges(headers: HeaderList, { set, add, remove }: HeaderChanges): void {
  for (let i = 0; i < set.length; i++) headers.set(set[i]!.name, set[i]!.value);
  for (let i = 0; i < add.length; i++) headers.append(add[i]!.name, add[i]!.value);
  for (let i = 0; i < remove.length; i++) headers.remove(remove[i]!);
}
