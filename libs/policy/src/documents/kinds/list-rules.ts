// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod';
import { withApiForm } from './api-form.ts';

/** Whatever a schema's own check may add to: an issue with its path, relative to the value checked. */
type CheckContext<Value> = z.core.ParsePayload<Value>;

/** Adds a problem at `path` below the value that is checked. The checks around it still run, so that all problems come at once. */
export function addProblem<Value>(context: CheckContext<Value>, path: readonly (number | string)[], message: string): void {
  context.issues.push({ code: 'custom', input: context.value, path: [...path], message, continue: true });
}

/**
 * A check that no two items have the same key; `what` names the key in the message. `field`: the key is this field; where it is not
 * written, the key is made of several and an API server has to be told how.
 */
export function uniqueBy<Item>(
  what: string,
  keyOf: (item: Item) => string | undefined,
  field: readonly string[] = [],
): (context: CheckContext<Item[]>) => void {
  const check = (context: CheckContext<Item[]>): void => {
    const firstByKey = new Map<string, number>();
    for (const [index, item] of context.value.entries()) {
      const key = keyOf(item);
      if (key === undefined) continue;
      const first = firstByKey.get(key);
      if (first === undefined) firstByKey.set(key, index);
      else addProblem(context, [index, ...field], `repeats ${what} \`${key}\` of item ${first}\nleave one of them out`);
    }
  };
  return field.length === 1 ? withApiForm({ kind: 'list', type: 'map', keys: field }, check) : check;
}

/** A check for lists of plain values (Kubernetes' list type `set`). */
export function uniqueValues(what: string): (context: CheckContext<string[]>) => void {
  return withApiForm(
    { kind: 'list', type: 'set', keys: [] },
    uniqueBy<string>(what, value => value),
  );
}

/** A check for maps: how many entries there may be. */
export function atMostKeys(maxCount: number): (context: CheckContext<Record<string, string>>) => void {
  return withApiForm({ kind: 'entries', max: maxCount }, context => {
    const count = Object.keys(context.value).length;
    if (count > maxCount) addProblem(context, [], `has ${count} entries, and ${maxCount} are allowed\nleave some of them out`);
  });
}
