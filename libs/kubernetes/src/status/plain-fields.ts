// SPDX-License-Identifier: Apache-2.0

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** An empty one where it is none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** An empty one where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
