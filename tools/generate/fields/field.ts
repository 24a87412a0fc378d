// SPDX-License-Identifier: Apache-2.0
import type { ApiRule, FieldTraits } from '@weir/policy/documents';

/** A field of a kind of document as its schema declares it: everything that is generated is written from these. */
export interface Field {
  readonly name: string;
  /** From the top of the document; `[]` stands for any item, `{}` for any entry: `spec.targetRefs[].kind`. */
  readonly path: string;
  /** Undefined: the schema says nothing about it. */
  readonly description: string | undefined;
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  /** What stands for it where it is not written. */
  readonly standard: { readonly value: unknown } | undefined;
  /** How it is merged; undefined = the field around it decides, or it is not merged at all. */
  readonly traits: FieldTraits | undefined;
  readonly value: Value;
}

export type Value = ListValue | MapValue | ObjectValue | OpenValue | ScalarValue;

export interface ObjectValue {
  readonly kind: 'object';
  readonly path: string;
  readonly description: string | undefined;
  readonly fields: readonly Field[];
  readonly rules: readonly ApiRule[];
}

export interface ListValue {
  readonly kind: 'list';
  readonly item: Value;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** How items must differ; undefined = they need not. */
  readonly unique: { readonly type: 'map' | 'set'; readonly keys: readonly string[] } | undefined;
  readonly rules: readonly ApiRule[];
}

export interface MapValue {
  readonly kind: 'map';
  readonly value: Value;
  readonly max: number | undefined;
  readonly rules: readonly ApiRule[];
}

export interface ScalarValue {
  readonly kind: 'scalar';
  /** JSON Schema of OpenAPI 3.0: type, enum, lengths, patterns, bounds. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What to write, in the words of the schema's own errors. */
  readonly hints: readonly string[];
  readonly rules: readonly ApiRule[];
}

/** Any value: not looked at. */
export interface OpenValue {
  readonly kind: 'open';
  readonly rules: readonly ApiRule[];
}

/** A kind of document of Weir's own. */
export interface KindModel {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly isNamespaced: boolean;
  /** What is written in it beside apiVersion, kind, metadata and status. */
  readonly fields: readonly Field[];
}

/** All fields of a value, each before the fields inside it. */
export function fieldsWithin(value: Value): readonly Field[] {
  switch (value.kind) {
    case 'object':
      return value.fields.flatMap(field => [field, ...fieldsWithin(field.value)]);
    case 'list':
      return fieldsWithin(value.item);
    case 'map':
      return fieldsWithin(value.value);
    case 'open':
    case 'scalar':
      return [];
  }
}
