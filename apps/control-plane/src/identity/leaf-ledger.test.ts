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
