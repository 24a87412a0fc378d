// SPDX-License-Identifier: Apache-2.0
import { CEL_LIMITS } from '@weir/policy/snapshot';
import { isList, keysOf, memberOf, TOO_LONG } from './cel-value.ts';
import type { CelMap, CelValue, CelFailure } from './cel-value.ts';

/** Compares lists and maps whole, as far as it is affordable. */
export class Comparison {
  private left: number = CEL_LIMITS.compared;

  compare(left: CelValue, right: CelValue): CelFailure | boolean {
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
    if (isList(left)) return isList(right) && this.compareLists(left, right);
    return !isList(right) && this.compareMaps(left, right);
  }

  private compareLists(left: readonly CelValue[], right: readonly CelValue[]): CelFailure | boolean {
    if (left.length !== right.length) return false;
    return this.every(left, (element, index) => this.compare(element, right[index] ?? null));
  }

  private compareMaps(left: CelMap, right: CelMap): CelFailure | boolean {
    const keys = keysOf(left);
    if (keys.length !== keysOf(right).length) return false;
    return this.every(keys, key => {
      const [own, other] = [memberOf(left, key), memberOf(right, key)];
      return own !== undefined && other !== undefined && this.compare(own, other);
    });
  }

  private every<Item>(
    items: readonly Item[],
    compare: (item: Item, index: number) => CelFailure | boolean,
  ): CelFailure | boolean {
    for (const [index, item] of items.entries()) {
      if (--this.left < 0) return TOO_LONG;
      const result = compare(item, index);
      if (result !== true) return result;
    }
    return true;
  }
}
