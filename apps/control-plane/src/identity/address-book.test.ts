// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { expect, it } from 'vitest';
import { openAddressBook } from './address-book.ts';

it('is the same at all who share its store, and forgets nothing that another one wrote', async () => {
  const secrets = createMemorySecrets();
  const shared: SecretStore = { ...secrets, transact: work => work(secrets) };
  const [red, blue] = [await openAddressBook(shared), await openAddressBook(shared)];
  await red.add('shop/cart', ['10.0.0.7']);
  await blue.add('shop/cart', ['10.0.0.8']);
  await blue.add('shop/pay', ['10.0.0.9']);
  expect(blue.addressesOf('shop/cart')).toEqual(['10.0.0.8', '10.0.0.7']);
  expect([red.mayRegister('shop/cart', '10.0.0.8'), red.mayRegister('shop/pay', '10.0.0.9')]).toEqual([false, false]);
  await red.follow();
  expect([red.mayRegister('shop/cart', '10.0.0.8'), red.mayRegister('shop/pay', '10.0.0.9')]).toEqual([true, true]);
  expect((await openAddressBook(shared)).addressesOf('shop/cart')).toHaveLength(2);
});
