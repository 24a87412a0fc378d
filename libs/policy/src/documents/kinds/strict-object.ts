// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';

/** Separates what is wrong from what to write inside the text of a schema's error: zod's issues carry one text only. */
export const HINT_MARK = '\n';

/** How a text begins that goes on after the value: `spec.hostnames[0]` is `A_`, which is no hostname. */
export const VALUE_MARK = 'which ';

/** The text of an error about a value: `what` it is instead of what it should be (`is no hostname`), `hint` says what to write. */
export function says(what: string, hint: string): string {
  return `${VALUE_MARK}${what}${HINT_MARK}${hint}`;
}

/** An object of which every field is known. Its error for an unknown field lists the known ones, for the nearest to be found. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(HINT_MARK);
  return z.strictObject(shape, { error: issue => (issue.code === 'unrecognized_keys' ? known : undefined) });
}

/** A field that Kubernetes has and Weir does not read: taken as it is and not kept. */
export const ignored = z
  .unknown()
  .transform(() => undefined)
  .optional();
