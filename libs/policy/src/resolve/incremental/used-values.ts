// SPDX-License-Identifier: Apache-2.0
import { UseCounts } from './use-counts.ts';

/** Values that others use, each kept as long as somebody does. */
export class UsedValues<Value> {
  private readonly uses = new UseCounts();
  private readonly values = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  /** Takes up what is used now and gives back what was before. Keys of values that have come or gone. */
  exchange(before: readonly Value[], after: readonly Value[], keyOf: (value: Value) => string): readonly string[] {
    const changed: string[] = [];
    for (const value of after) {
      const key = keyOf(value);
      if (!this.uses.acquire(key)) continue;
      this.values.set(key, value);
      changed.push(key);
    }
    for (const key of before.map(keyOf)) {
      this.uses.release(key);
      if (this.uses.isUsed(key)) continue;
      this.values.delete(key);
      changed.push(key);
    }
    return changed;
  }
}
