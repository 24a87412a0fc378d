// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { TurnList } from './turn-list.ts';

it('gives what is new first, then each in turn', () => {
  const list = new TurnList<string>();
  for (const key of ['a', 'b', 'c']) list.add(key);
  expect([list.take(2), list.hasFresh]).toEqual([['a', 'b'], true]);
  expect([list.take(2), list.hasFresh]).toEqual([['c', 'a'], false]);
  list.add('d');
  list.add('a');
  expect(list.take(3)).toEqual(['d', 'a', 'b']);
  list.delete('b');
  expect([list.has('b'), list.has('c'), list.take(9)]).toEqual([false, true, ['c', 'd', 'a']]);
});
