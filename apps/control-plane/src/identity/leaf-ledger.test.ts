// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { expect, it } from 'vitest';
import { LeafLedger } from './leaf-ledger.ts';
import type { IssuedLeaf } from './leaf-ledger.ts';

const DAY_MS = 86_400_000;

it('has room for so many leaves of an identity that the next start can read them', () => {
  const leafOf = (_: unknown, index: number): IssuedLeaf => ({
    fingerprint: String(index),
    identity: 'shop/cart',
    root: 'root',
    notAfterMs: index === 0 ? DAY_MS / 2 : DAY_MS,
  });
  let nowMs = 0;
  const ledger = new LeafLedger(createMemorySecrets(), { wallMs: () => nowMs }, Array.from({ length: 5000 }, leafOf));
  expect([ledger.hasRoomFor('shop/cart'), ledger.hasRoomFor('shop/stock')]).toEqual([false, true]);
  nowMs = DAY_MS / 2 + 1;
  expect(ledger.hasRoomFor('shop/cart')).toBe(true);
});

const leaf = (fingerprint: string, notAfterMs = DAY_MS): IssuedLeaf => ({
  fingerprint,
  identity: 'shop/cart',
  root: 'root',
  notAfterMs,
});
const createLedger = (): LeafLedger => new LeafLedger(createMemorySecrets(), { wallMs: () => 0 }, []);
const namesIn = (ledger: LeafLedger): readonly string[] => ledger.current().map(({ fingerprint }) => fingerprint);

it('comes to the same at replicas that tell each other, in whatever order', async () => {
  const [red, blue, green] = [createLedger(), createLedger(), createLedger()];
  await red.note(leaf('first'), '');
  await red.note(leaf('other'), '');
  // Renewed at a replica that has not heard of it.
  await blue.note(leaf('second'), 'first');
  const [ofRed, ofBlue] = [red.since(0, 10), blue.since(0, 10)];
  red.take(ofBlue.entries);
  blue.take(ofRed.entries);
  for (const { entries } of [ofBlue, ofRed, ofBlue]) green.take(entries);
  for (const ledger of [red, blue, green]) expect(new Set(namesIn(ledger))).toEqual(new Set(['other', 'second']));
});

it('tells what came since, in parts', async () => {
  const ledger = createLedger();
  for (const name of ['a', 'b', 'c']) await ledger.note(leaf(name), '');
  const first = ledger.since(0, 2);
  expect([first.entries.map(entry => entry.leaf.fingerprint), first.isPartial]).toEqual([['a', 'b'], true]);
  const second = ledger.since(first.position, 2);
  expect([second.entries.map(entry => entry.leaf.fingerprint), second.isPartial]).toEqual([['c'], false]);
  await ledger.note(leaf('d'), 'a');
  const third = ledger.since(second.position, 9).entries;
  expect(third.map(entry => [entry.leaf.fingerprint, entry.isReplaced])).toEqual([
    ['d', false],
    ['a', true],
  ]);
});
