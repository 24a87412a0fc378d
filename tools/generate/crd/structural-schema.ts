// SPDX-License-Identifier: Apache-2.0
import type { ApiRule } from '@weir/policy/documents';
import type { Field, ListValue, ObjectValue, Value } from '../fields/field.ts';

/** A part of a structural schema (apiextensions.k8s.io/v1 JSONSchemaProps). */
export type Structural = Readonly<Record<string, unknown>>;

/** Unknown fields are not forbidden here, as structural schemas cannot: an API server prunes them, or refuses them when asked to. */
export function structuralObject(fields: readonly Field[], rules: readonly ApiRule[] = []): Structural {
  const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(fields.map(field => [field.name, structuralField(field)])),
    ...validations(rules),
  };
}

function structuralField({ description, isNullable, standard, value }: Field): Structural {
  return {
    ...(description === undefined ? {} : { description }),
    ...(isNullable ? { nullable: true } : {}),
    ...(standard === undefined ? {} : { default: standard.value }),
    ...structuralValue(value),
  };
}

function structuralValue(value: Value): Structural {
  switch (value.kind) {
    case 'object':
      return structuralObject(value.fields, value.rules);
    case 'list':
      return structuralList(value);
    case 'map':
      return {
        type: 'object',
        ...(value.max === undefined ? {} : { maxProperties: value.max }),
        additionalProperties: structuralValue(value.value),
        ...validations(value.rules),
      };
    case 'scalar':
      return { ...value.schema, ...validations(value.rules) };
    case 'open':
      return { 'x-kubernetes-preserve-unknown-fields': true };
  }
}

function structuralList({ item, min, max, unique, rules }: ListValue): Structural {
  return {
    type: 'array',
    ...(min === undefined ? {} : { minItems: min }),
    ...(max === undefined ? {} : { maxItems: max }),
    'x-kubernetes-list-type': unique?.type ?? 'atomic',
    ...(unique?.type === 'map' ? { 'x-kubernetes-list-map-keys': unique.keys } : {}),
    items: { ...describedItem(item), ...structuralValue(item) },
    ...validations(rules),
  };
}

function describedItem(item: ObjectValue | Value): Structural {
  return item.kind === 'object' && item.description !== undefined ? { description: item.description } : {};
}

function validations(rules: readonly ApiRule[]): Structural {
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) };
}
