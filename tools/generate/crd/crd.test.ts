// SPDX-License-Identifier: Apache-2.0
import { KINDS, WEIR_VERSION } from '@weir/policy/documents';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import type { KindModel } from '../fields/field.ts';
import { allFields, readKinds } from '../fields/read-kinds.ts';
import { crdOf } from './crd.ts';
import { RIGHT_OBJECTS, WRONG_OBJECTS } from './sample-objects.ts';
import type { SampleObject } from './sample-objects.ts';
import { structuralFaults, textsAt } from './structural-faults.ts';

const kinds = readKinds();

function schemaOf(model: KindModel): unknown {
  return (crdOf(model) as { spec: { versions: { schema: { openAPIV3Schema: unknown } }[] } }).spec.versions[0]!.schema
    .openAPIV3Schema;
}

describe('the schema of every kind', () => {
  it.each(kinds.map(model => [model.kind, model] as const))('%s describes each of its fields', (_, model) => {
    expect(
      allFields(model)
        .filter(({ description = '' }) => description === '')
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it.each(kinds.map(model => [model.kind, model] as const))(
    '%s is structural, and what it costs to check is bounded',
    (_, model) => {
      expect(structuralFaults(schemaOf(model))).toEqual([]);
    },
  );

  it.each(kinds.map(model => [model.kind, model] as const))('%s has patterns that API servers can read', (_, model) => {
    const patterns = textsAt(schemaOf(model), 'pattern');
    expect(patterns.filter(pattern => !isRe2(pattern))).toEqual([]);
  });

  it('covers every kind of the group', () => {
    const own = [...KINDS.values()].filter(({ apiVersions }) => apiVersions.includes(WEIR_VERSION));
    expect(kinds.map(({ kind }) => kind)).toEqual(own.map(({ kind }) => kind).sort());
  });
});

describe('what Weir itself says to the objects that API servers are tried with', () => {
  it.each(RIGHT_OBJECTS.map(sample => [sample.about, sample] as const))('takes %s', (_, sample) => {
    expect(read(sample)).toMatchObject({ success: true });
  });

  it.each(WRONG_OBJECTS.map(sample => [sample.about, sample] as const))('refuses %s', (_, sample) => {
    expect(read(sample)).toMatchObject({ success: false });
  });
});

function read({ kind, spec }: SampleObject): unknown {
  const object = { apiVersion: WEIR_VERSION, kind, metadata: { name: 'sample' }, spec };
  return KINDS.get(`${WEIR_VERSION}/${kind}`)!.schema.safeParse(object);
}

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
