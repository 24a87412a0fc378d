// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONTRACT_FILE, contractFile, recordedContract } from './contract-file.ts';
import { contractProblems } from './contract-problems.ts';
import { lossBetween } from './shape-loss.ts';
import { shapesFromTypes } from './shapes-from-types.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The compiler reads all types of resources. */
const TIMEOUT_MS = 60_000;

describe('the shapes of resources', () => {
  it('are recorded as they are (npm run generate:contract)', { timeout: TIMEOUT_MS }, async () => {
    const shapes = shapesFromTypes(ROOT);
    expect(contractProblems(await recordedContract(ROOT), shapes)).toEqual([]);
    expect(readFileSync(join(ROOT, CONTRACT_FILE), 'utf8')).toBe(await contractFile(shapes));
  });

  it('may not take less than was sent before, unless the revision says so', async () => {
    const recorded = await recordedContract(ROOT);
    const changed = { ...recorded.shapes, TrustBundle: { object: { kind: { values: ['trustBundle'] } }, optional: [] } };
    expect(contractProblems(recorded, changed)).toEqual([
      'trustBundle.name: is gone; raise its revision in libs/sync/src/contract/contract-revisions.ts and write an upgrade, or make it optional',
    ]);
    expect(contractProblems({ ...recorded, revisions: { ...recorded.revisions, trustBundle: 0 } }, changed)).toEqual([]);
  });
});

describe('what is lost between two shapes', () => {
  const object = (members: Readonly<Record<string, unknown>>, optional: readonly string[] = []): unknown => ({
    object: members,
    optional,
  });
  const loss = (before: unknown, after: unknown): string | undefined => lossBetween({ A: before }, { A: after }, 'A');

  it.each([
    ['a member that may be there is added', object({ a: 'string' }), object({ a: 'string', b: 'number' }, ['b']), undefined],
    ['a member need no longer be there', object({ a: 'string' }), object({ a: 'string' }, ['a']), undefined],
    ['a member has to be there', object({ a: 'string' }, ['a']), object({ a: 'string' }), '.a: has to be there'],
    ['a member is added that has to be there', object({}), object({ a: 'string' }), '.a: has to be there'],
    ['a member goes', object({ a: 'string' }), object({}), '.a: is gone'],
    ['a member is of another type', object({ a: 'string' }), object({ a: 'number' }), '.a: takes less'],
    ['elements are of another type', object({ a: { list: 'string' } }), object({ a: { list: 'null' } }), '.a[]: takes less'],
    ['a value is added', { values: ['a'] }, { values: ['a', 'b'] }, undefined],
    ['a value goes', { values: ['a', 'b'] }, { values: ['a', 'c'] }, ': one form is gone: {"values":["b"]}'],
    ['a form is added', 'string', { anyOf: ['string', object({ a: 'string' })] }, undefined],
    ['a type leads to itself', object({ a: { list: { type: 'A' } } }), object({ a: { list: { type: 'A' } } }), undefined],
  ])('%s', (_name, before, after, expected) => {
    expect(loss(before, after)).toBe(expected);
  });
});
