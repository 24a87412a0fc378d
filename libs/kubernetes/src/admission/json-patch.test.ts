// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPatch } from './json-patch.ts';
import type { PatchOperation } from './json-patch.ts';

type Container = Record<string, unknown>;

/** As RFC 6902 says it, for what is in these patches. */
function apply(document: unknown, patch: readonly PatchOperation[]): unknown {
  const whole: Container = { root: structuredClone(document) };
  for (const operation of patch) {
    const path = [
      'root',
      ...operation.path
        .split('/')
        .slice(1)
        .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~')),
    ];
    const last = path.pop()!;
    const parent = path.reduce<Container>((found, part) => found[part] as Container, whole);
    if (operation.op !== 'add') expect(Object.hasOwn(parent, last)).toBe(true);
    if (operation.op === 'remove') Reflect.deleteProperty(parent, last);
    else Object.defineProperty(parent, last, { value: operation.value, configurable: true, enumerable: true, writable: true });
  }
  return whole['root'];
}

describe('a JSON patch', () => {
  it('makes the one of the other', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        const [from, to] = [before, after].map((value): unknown => JSON.parse(JSON.stringify(value)));
        expect(apply(from, jsonPatch(from, to))).toEqual(to);
      }),
    );
  });

  it('touches nothing that is the same, and escapes names', () => {
    const before = { a: [1, { x: 1 }], 'weir.dev/~': 'old', gone: 1, kept: { deep: true } };
    const after = { a: [1, { x: 2 }], 'weir.dev/~': 'new', kept: { deep: true }, come: undefined };
    expect(jsonPatch(before, after)).toEqual([
      { op: 'replace', path: '/a/1/x', value: 2 },
      { op: 'replace', path: '/weir.dev~1~0', value: 'new' },
      { op: 'remove', path: '/gone' },
    ]);
    expect(jsonPatch(before, before)).toEqual([]);
  });
});
