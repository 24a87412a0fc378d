// SPDX-License-Identifier: Apache-2.0
import type { TrustBundle } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { CONTRACT_REVISIONS } from './contract-revisions.ts';
import { openEnvelope, sealResource } from './envelope.ts';
import type { Shapes } from './shape.ts';
import { compileShapeCheck } from './shape-check.ts';

const BUNDLE: TrustBundle = { kind: 'trustBundle', name: 'trust/a', authoritiesPem: 'é' };

describe('canonical JSON', () => {
  it('has its members in order, and none that are undefined', () => {
    expect(canonicalJson({ b: [1, { d: undefined, c: null }], a: 'x"', z: undefined })).toBe('{"a":"x\\"","b":[1,{"c":null}]}');
  });

  it.each([[NaN], [Infinity], [1n], [new Map()], [new Date(0)], [[undefined]], [() => 1]])('refuses %s', value => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

describe('a resource in its envelope', () => {
  it('comes back as it went, and has the version of what it says', () => {
    const envelope = sealResource(BUNDLE);
    expect(openEnvelope(envelope)).toEqual({ isReadable: true, resource: BUNDLE });
    expect(sealResource({ ...BUNDLE }).version).toBe(envelope.version);
    expect(sealResource({ ...BUNDLE, authoritiesPem: 'e' }).version).not.toBe(envelope.version);
  });

  it.each([
    ['a name that is not its own', { name: 'trust/b' }, /its name is not the one/v],
    ['bytes that are no text', { body: Uint8Array.of(0xff) }, /not valid/v],
    ['a text that is no JSON', { body: Uint8Array.of(0x7b) }, /JSON/v],
    ['a contract that is no longer read', { contract: 0 }, /no longer reads/v],
  ])('is refused with %s', (_name, change, problem) => {
    expect(openEnvelope({ ...sealResource(BUNDLE), ...change })).toMatchObject({
      isReadable: false,
      problem: expect.stringMatching(problem),
    });
  });
});

describe('the shapes of resources', () => {
  it.each(Object.keys(CONTRACT_REVISIONS))('have one of kind %s', kind => {
    const nothing = { name: 'any/one', kind, contract: 1, version: 'v', body: new TextEncoder().encode('{}') };
    // Refused for what it lacks, and not because nobody knows what it should have.
    expect(openEnvelope(nothing)).toMatchObject({ isReadable: false, problem: expect.stringMatching(/^\w+: it is missing$/v) });
  });
});

describe('a check of a shape', () => {
  const shapes: Shapes = {
    Tree: {
      object: {
        kind: { values: ['tree'] },
        size: 'number',
        names: { list: 'string' },
        by: { map: 'boolean' },
        next: { anyOf: [{ type: 'Tree' }, { type: 'Leaf' }, { values: ['none'] }] },
      },
      optional: ['names', 'by', 'next'],
    },
    Leaf: { object: { kind: { values: ['leaf', 'bud'] }, colour: { anyOf: ['string', 'null'] } }, optional: [] },
  };
  const check = compileShapeCheck(shapes, 'Tree');
  const tree = { kind: 'tree', size: 1 };

  it.each([
    [{ ...tree, names: ['a'], by: { a: true }, next: { ...tree, next: { kind: 'bud', colour: null } } }, undefined],
    [{ ...tree, next: 'none' }, undefined],
    ['tree', 'expected an object, found a string'],
    [{ kind: 'tree' }, 'size: it is missing'],
    [{ ...tree, extra: 1 }, 'extra: this member is not known'],
    [{ ...tree, size: '1' }, 'size: expected a number, found a string'],
    [{ ...tree, names: ['a', 1] }, 'names[1]: expected a string, found a number'],
    [{ ...tree, names: 'a' }, 'names: expected a list, found a string'],
    [{ ...tree, by: { a: 1 } }, 'by.a: expected a boolean, found a number'],
    [{ ...tree, next: { kind: 'twig' } }, 'next.kind: expected one of "tree", "leaf", "bud", found "twig"'],
    [{ ...tree, next: { kind: 'leaf', colour: 1 } }, 'next.colour: expected a string or a null, found a number'],
    [{ ...tree, next: 'some' }, 'next: expected another form or another form or another form, found a string'],
  ])('of %j', (value, problem) => {
    expect(check(value)).toBe(problem);
  });
});
