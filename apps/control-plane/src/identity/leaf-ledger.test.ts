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
  const parts = { secrets: createMemorySecrets(), clock: { wallMs: () => nowMs }, hasReplicas: true };
  const ledger = new LeafLedger(parts, Array.from({ length: 5000 }, leafOf));
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
const createLedger = ({ hasReplicas } = { hasReplicas: true }): LeafLedger =>
  new LeafLedger({ secrets: createMemorySecrets(), clock: { wallMs: () => 0 }, hasReplicas }, []);
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

it('remembers a thousand leaves of an identity that were replaced, however often it renews, and none where nobody would hear of them', async () => {
  const [shared, alone] = [createLedger(), createLedger({ hasReplicas: false })];
  await shared.note({ ...leaf('of stock'), identity: 'shop/stock' }, 'before');
  for (let index = 0; index < 1005; index++) {
    for (const ledger of [shared, alone]) await ledger.note(leaf(`${index + 1}`), index === 0 ? '' : `${index}`);
  }
  const entries = shared.since(0, 5000).entries.filter(entry => entry.leaf.identity === 'shop/cart');
  expect([entries.length, entries.filter(entry => entry.isReplaced).length]).toEqual([1001, 1000]);
  expect(entries.some(entry => entry.leaf.fingerprint === '4')).toBe(false);
  expect(shared.since(0, 5000).entries.some(entry => entry.leaf.fingerprint === 'before')).toBe(true);
  expect([alone.since(0, 5000).entries.length, namesIn(alone)]).toEqual([1, ['1005']]);
});
