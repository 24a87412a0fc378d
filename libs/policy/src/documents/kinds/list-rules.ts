// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod';

/** Whatever a schema's own check may add to: an issue with its path, relative to the value checked. */
type CheckContext<Value> = z.core.ParsePayload<Value>;

/** Adds a problem at `path` below the value that is checked. The checks around it still run, so that all problems come at once. */
export function addProblem<Value>(context: CheckContext<Value>, path: readonly (number | string)[], message: string): void {
  context.issues.push({ code: 'custom', input: context.value, path: [...path], message, continue: true });
}

/** A check that no two items have the same key; `what` names the key in the message. */
export function uniqueBy<Item>(
  what: string,
  keyOf: (item: Item) => string | undefined,
  field: readonly string[] = [],
): (context: CheckContext<Item[]>) => void {
  return context => {
    const firstByKey = new Map<string, number>();
    for (const [index, item] of context.value.entries()) {
      const key = keyOf(item);
      if (key === undefined) continue;
      const first = firstByKey.get(key);
      if (first === undefined) firstByKey.set(key, index);
      else addProblem(context, [index, ...field], `repeats ${what} \`${key}\` of item ${first}\nleave one of them out`);
    }
  };
}

/** A check for lists of plain values (Kubernetes' list type `set`). */
export function uniqueValues(what: string): (context: CheckContext<string[]>) => void {
  return uniqueBy<string>(what, value => value);
}

/** A check for maps: how many entries there may be. */
export function atMostKeys(maxCount: number): (context: CheckContext<Record<string, string>>) => void {
  return context => {
    const count = Object.keys(context.value).length;
    if (count > maxCount) addProblem(context, [], `has ${count} entries, and ${maxCount} are allowed\nleave some of them out`);
  };
}
