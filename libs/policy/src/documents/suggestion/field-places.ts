// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod';

type FieldPlaces = ReadonlyMap<string, readonly string[]>;

const placesBySchema = new WeakMap<z.core.$ZodType, FieldPlaces>();

/** Where in a kind there is a field of this name: the paths of its parents, such as `spec.rules[]`. */
export function placesOfField(schema: z.core.$ZodType, field: string): readonly string[] {
  let places = placesBySchema.get(schema);
  if (places === undefined) {
    const found = new Map<string, string[]>();
    collect(schema, '', found);
    places = found;
    placesBySchema.set(schema, places);
  }
  return places.get(field) ?? [];
}

function collect(schema: z.core.$ZodType, path: string, places: Map<string, string[]>): void {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      for (const [name, field] of Object.entries(def.shape)) {
        const parents = places.get(name);
        if (parents === undefined) places.set(name, [path]);
        else parents.push(path);
        collect(field, path === '' ? name : `${path}.${name}`, places);
      }
      break;
    case 'array':
      collect(def.element, `${path}[]`, places);
      break;
    case 'union':
      for (const option of def.options) collect(option, path, places);
      break;
    case 'default':
    case 'nullable':
    case 'optional':
      collect(def.innerType, path, places);
      break;
    case 'pipe':
      collect(def.in, path, places);
      break;
    default: // has no fields that are known by name
  }
}
