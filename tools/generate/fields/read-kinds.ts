// SPDX-License-Identifier: Apache-2.0
import { KINDS, WEIR_VERSION } from '@weir/policy/documents';
import type { KindSpec } from '@weir/policy/documents';
import type * as z from 'zod';
import type { Field, KindModel } from './field.ts';
import { fieldsWithin } from './field.ts';
import { readField } from './read-value.ts';

/** What every object has, and what only controllers write. */
const COMMON: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/** Weir's own kinds, from their schemas, by name. */
export function readKinds(): readonly KindModel[] {
  const own = [...KINDS.values()].filter(({ apiVersions }) => apiVersions.includes(WEIR_VERSION));
  return own.map(readKind).sort((left, right) => (left.kind < right.kind ? -1 : 1));
}

function readKind({ kind, isNamespaced, schema }: KindSpec): KindModel {
  const [group = '', version = ''] = WEIR_VERSION.split('/');
  const { def } = (schema as unknown as z.core.$ZodObject)._zod;
  const fields = Object.entries(def.shape).filter(([name]) => !COMMON.has(name));
  const read = fields.map(([name, field]) => readField(name, field, ''));
  return { kind, group, version, isNamespaced, fields: read };
}

/** Every field of a kind, each before the fields inside it. */
export function allFields({ fields }: KindModel): readonly Field[] {
  return fields.flatMap(field => [field, ...fieldsWithin(field.value)]);
}

/** What is said of the kind as a whole: the description of its spec. */
export function aboutKind({ fields }: KindModel): string {
  return fields.find(({ name }) => name === 'spec')?.description ?? '';
}

/** A policy is what is attached to something. */
export function isPolicy(model: KindModel): boolean {
  return allFields(model).some(({ path }) => path === 'spec.targetRefs');
}
