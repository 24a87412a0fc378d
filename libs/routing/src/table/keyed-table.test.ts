// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedTable } from './keyed-table.ts';

const anyKey = fc.oneof(fc.string({ maxLength: 3 }), fc.nat(300).map(String));
const change = fc.record({ key: anyKey, value: fc.option(fc.nat(), { nil: undefined }) });

function applied(table: KeyedTable<number>, { key, value }: { key: string; value: number | undefined }): KeyedTable<number> {
  return value === undefined ? table.without(OWNER, key) : table.with(OWNER, key, value);
}

const OWNER = Symbol('test');

describe('KeyedTable', () => {
  it('holds what a Map would hold after the same changes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), changes => {
        const model = new Map<string, number>();
        let table = KeyedTable.empty<number>();
        for (const one of changes) {
          table = applied(table, one);
          if (one.value === undefined) model.delete(one.key);
          else model.set(one.key, one.value);
        }
        expect(table.size).toBe(model.size);
        for (const { key: asked } of changes) expect(table.get(asked)).toBe(model.get(asked));
      }),
    );
  });

  it('leaves a table as it is when another owner changes a copy', () => {
    let table = KeyedTable.empty<number>();
    for (let i = 0; i < 500; i++) table = table.with(OWNER, `key-${i}`, i);
    const other = Symbol('other');
    let copy = table;
    for (let i = 0; i < 1_000; i += 2) copy = copy.without(other, `key-${i}`).with(other, `key-${i + 1}`, -1);
    expect(Array.from({ length: 500 }, (_, i) => table.get(`key-${i}`))).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(table.size).toBe(500);
    expect(copy.size).toBe(500);
  });

  it('finds a key inside a longer text without cutting it out', () => {
    const table = KeyedTable.empty<string>().with(OWNER, 'cart', 'found');
    expect(table.get('/shop/cart/1', 6, 10)).toBe('found');
    expect(table.get('/shop/cart/1', 6, 9)).toBeUndefined();
    expect(table.get('/shop/cart/1', 6)).toBeUndefined();
  });
});
