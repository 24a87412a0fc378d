// SPDX-License-Identifier: Apache-2.0
import { apiFormOf } from '@weir/policy/documents';
import type { ApiForm, ApiRule } from '@weir/policy/documents';
import type * as z from 'zod';

/** The checks of a schema that are code, in the form that an API server has for each. */
export function formsOf(schema: z.core.$ZodType, path: string): readonly ApiForm[] {
  const checks: readonly z.core.$ZodCheck[] = schema._zod.def.checks ?? [];
  return checks.filter(isCode).map(check => {
    const form = apiFormOf(functionOf(check));
    if (form !== undefined) return form;
    throw new Error(
      `${path} has a check of which no API server knows: declare what stands for it with withApiForm (libs/policy/src/documents/kinds/api-form.ts)`,
    );
  });
}

export function rulesOf(forms: readonly ApiForm[]): readonly ApiRule[] {
  return forms.flatMap(form => (form.kind === 'rules' ? form.rules : []));
}

/** What a schema's own errors say about what to write; the text after the line break of `says`. */
export function hintsOf(schema: z.core.$ZodType): readonly string[] {
  const checks: readonly z.core.$ZodCheck[] = schema._zod.def.checks ?? [];
  return checks.flatMap(({ _zod: { def } }) => messageOf(def.error).split('\n')[1] ?? []);
}

/** An error that depends on what was written says nothing about what to write in general. */
function messageOf(error: ((issue: never) => unknown) | undefined): string {
  const message = error?.length === 0 ? (error as () => unknown)() : undefined;
  return typeof message === 'string' ? message : '';
}

function isCode({ _zod: { def } }: z.core.$ZodCheck): boolean {
  return def.check === 'custom';
}

/** A check that was given as a function is that function; a refinement keeps its function in its definition. */
function functionOf({ _zod: inner }: z.core.$ZodCheck): object {
  const given: unknown = 'fn' in inner.def ? inner.def.fn : Reflect.get(inner, 'check');
  if (typeof given !== 'function') throw new Error('a check of zod is kept in a way that is not known here');
  return given;
}
