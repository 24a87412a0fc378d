// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { initialState } from '@weir/rollouts';
import type { RolloutState } from '@weir/rollouts';
import { expect, it } from 'vitest';
import { storedRollouts } from './stored-rollouts.ts';

const FILE = 'rollouts.json';
const split = { step: '3-x', stable: 'v1', candidate: 'v2', candidateShare: 500, mirrorShare: 0 };
const STATE: RolloutState = { ...initialState(), phase: 'Progressing', stable: 'v1', candidate: 'v2', split, sequence: 3 };

it('gives back what was stored, and not what was removed', async () => {
  const secrets = createMemorySecrets();
  const store = storedRollouts(secrets);
  expect(await store.load()).toEqual(new Map());
  await store.save('shop/cart', STATE);
  await store.save('shop/stock', STATE);
  await store.save('shop/stock', undefined);
  expect(await storedRollouts(secrets).load()).toEqual(new Map([['shop/cart', STATE]]));
});

it.each([
  ['half of it', JSON.stringify({ 'shop/cart': STATE }).slice(0, 40)],
  ['a list', '[]'],
  ['nothing of a Rollout', '{"shop/cart":null}'],
  ['a phase that there is not', JSON.stringify({ 'shop/cart': { ...STATE, phase: 'Walking' } })],
  ['a split without a share', JSON.stringify({ 'shop/cart': { ...STATE, split: { ...split, candidateShare: 'all' } } })],
])('begins nothing with %s', async (_, text) => {
  const secrets = createMemorySecrets();
  await secrets.write(FILE, text);
  await expect(storedRollouts(secrets).load()).rejects.toThrow(/^rollouts\.json in the state directory cannot be read/v);
});
