// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { fieldTraits } from '../../documents/kinds/weir/field-traits.ts';
import type { FieldTraits } from '../../documents/kinds/weir/field-traits.ts';

/** A field that takes part in merging, as its schema declares it. */
export interface PolicyField extends FieldTraits {
  /** `timeouts.request`. */
  readonly path: string;
  /** What a policy says of it; undefined = nothing. */
  readonly valueIn: (spec: object) => unknown;
}

/** The merged fields of a policy's spec, in the order of the schema. */
export function policyFieldsOf(spec: z.ZodType): readonly PolicyField[] {
  return [...walk(spec, [])];
}

function* walk(schema: z.ZodType, path: readonly string[]): Generator<PolicyField> {
  const traits = fieldTraits.get(schema);
  if (traits !== undefined) {
    yield { ...traits, path: path.join('.'), valueIn: value => valueAt(value, path) };
    return;
  }
  const inner = unwrapped(schema);
  if (inner !== schema) yield* walk(inner, path);
  else if (schema instanceof z.ZodObject) {
    for (const [name, member] of Object.entries<z.ZodType>(schema.shape)) yield* walk(member, [...path, name]);
  }
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return schema.unwrap() as z.ZodType;
  return schema;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}
