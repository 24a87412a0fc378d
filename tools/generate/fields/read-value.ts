// SPDX-License-Identifier: Apache-2.0
import { fieldTraits } from '@weir/policy/documents';
import * as z from 'zod';
import type { Field, ListValue, MapValue, ObjectValue, ScalarValue, Value } from './field.ts';
import { formsOf, hintsOf, rulesOf } from './read-checks.ts';

/** Schemas that are about one value, without what wraps it (optional, default, …). */
type Known = z.core.$ZodTypes;

/** A field of an object, with what its schema says around its value. */
export function readField(name: string, schema: z.core.$ZodType, parentPath: string): Field {
  const path = parentPath === '' ? name : `${parentPath}.${name}`;
  const wrapping = unwrap(schema);
  const { isRequired, isNullable, standard } = wrapping;
  return {
    name,
    path,
    description: wrapping.description,
    isRequired,
    isNullable,
    standard,
    traits: wrapping.traits,
    value: readValue(wrapping.inner, path),
  };
}

type Wrapping = Pick<Field, 'description' | 'isNullable' | 'isRequired' | 'standard' | 'traits'> & {
  readonly inner: z.core.$ZodType;
};

/** Peels off what is said around a value; of two descriptions the outer one is about this field. */
function unwrap(schema: z.core.$ZodType): Wrapping {
  const own = { description: descriptionOf(schema), traits: fieldTraits.get(schema) };
  const { def } = (schema as Known)._zod;
  switch (def.type) {
    case 'optional':
      return around(unwrap(def.innerType), { ...own, isRequired: false });
    case 'nullable':
      return around(unwrap(def.innerType), { ...own, isNullable: true });
    case 'default':
    case 'prefault':
      return around(unwrap(def.innerType), { ...own, isRequired: false, standard: { value: def.defaultValue } });
    case 'readonly':
      return around(unwrap(def.innerType), own);
    case 'pipe':
      return around(unwrap(def.in), own);
    default:
      return { ...own, isRequired: true, isNullable: false, standard: undefined, inner: schema };
  }
}

function around(inside: Wrapping, outer: Partial<Wrapping>): Wrapping {
  return {
    ...inside,
    ...outer,
    description: outer.description ?? inside.description,
    traits: outer.traits ?? inside.traits,
  };
}

function descriptionOf(schema: z.core.$ZodType): string | undefined {
  return z.globalRegistry.get(schema)?.description;
}

function readValue(schema: z.core.$ZodType, path: string): Value {
  const { def } = (schema as Known)._zod;
  switch (def.type) {
    case 'object':
      return readObject(schema, def.shape, path);
    case 'array':
      return readList(schema, def.element, path);
    case 'record':
      return readMap(schema, def.valueType, path);
    case 'string':
    case 'number':
    case 'boolean':
    case 'enum':
    case 'literal':
      return readScalar(schema, path);
    case 'unknown':
    case 'any':
      return { kind: 'open', rules: [] };
    default:
      throw new Error(`${path} is a ${def.type}, which a structural schema of Kubernetes cannot express`);
  }
}

function readObject(schema: z.core.$ZodType, shape: Readonly<Record<string, z.core.$ZodType>>, path: string): ObjectValue {
  const fields = Object.entries(shape).map(([name, field]) => readField(name, field, path));
  return { kind: 'object', path, description: descriptionOf(schema), fields, rules: rulesOf(formsOf(schema, path)) };
}

function readList(schema: z.core.$ZodType, element: z.core.$ZodType, path: string): ListValue {
  const forms = formsOf(schema, path);
  const { minimum, maximum } = boundsOf(schema);
  return {
    kind: 'list',
    item: readValue(unwrap(element).inner, `${path}[]`),
    min: minimum,
    max: maximum,
    unique: forms.find(form => form.kind === 'list'),
    rules: rulesOf(forms),
  };
}

function readMap(schema: z.core.$ZodType, value: z.core.$ZodType, path: string): MapValue {
  const forms = formsOf(schema, path);
  const entries = forms.find(form => form.kind === 'entries');
  return { kind: 'map', value: readValue(unwrap(value).inner, `${path}{}`), max: entries?.max, rules: rulesOf(forms) };
}

function boundsOf(schema: z.core.$ZodType): { readonly minimum: number | undefined; readonly maximum: number | undefined } {
  const { minItems, maxItems } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return { minimum: minItems, maximum: maxItems };
}

/** Of whole numbers zod says the bounds that JavaScript has, which say nothing about the field. */
const BARE_BOUNDS: readonly unknown[] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

/** Said of the whole document, and of the field. */
const UNWANTED: ReadonlySet<string> = new Set(['$schema', 'description']);

function readScalar(schema: z.core.$ZodType, path: string): ScalarValue {
  const forms = formsOf(schema, path);
  const said = Object.entries(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }));
  const own = Object.fromEntries(said.filter(([name, value]) => !UNWANTED.has(name) && !BARE_BOUNDS.includes(value)));
  const patterns = forms.flatMap(form => (form.kind === 'pattern' ? form.pattern : []));
  const formats = forms.flatMap(form => (form.kind === 'format' ? form.format : []));
  return {
    kind: 'scalar',
    schema: {
      ...own,
      ...(patterns[0] === undefined ? {} : { pattern: patterns[0] }),
      ...(formats[0] === undefined ? {} : { format: formats[0] }),
      ...(own['type'] === 'integer' ? { format: 'int64' } : {}),
      ...(Array.isArray(own['allOf']) ? { allOf: own['allOf'].map(withoutType) } : {}),
    },
    hints: hintsOf(schema),
    rules: rulesOf(forms),
  };
}

/** In a structural schema only the outermost says the type. */
function withoutType(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).filter(([name]) => name !== 'type'));
}
