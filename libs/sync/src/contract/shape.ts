// SPDX-License-Identifier: Apache-2.0

/**
 * What a value of a resource looks like, as plain data. Made of the types in @weir/policy/snapshot by `npm run generate:contract`.
 * A member that may be undefined may be absent, as JSON has no undefined.
 */
export type Shape =
  | 'boolean'
  | 'null'
  | 'number'
  | 'string'
  | { readonly values: readonly (boolean | number | string)[] }
  | { readonly list: Shape }
  | { readonly tuple: readonly Shape[] }
  | { readonly map: Shape }
  | { readonly object: Readonly<Record<string, Shape>>; readonly optional: readonly string[] }
  | { readonly anyOf: readonly Shape[] }
  | { readonly type: string };

/** Shapes by the names of their types; `{ type }` refers to one. */
export type Shapes = Readonly<Record<string, Shape>>;
