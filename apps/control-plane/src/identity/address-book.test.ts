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
  expect(blue.addressesOf('shop/cart')).toEqual(['10.0.0.7', '10.0.0.8']);
  expect([red.mayRegister('shop/cart', '10.0.0.8'), red.mayRegister('shop/pay', '10.0.0.9')]).toEqual([false, false]);
  await red.follow();
  expect([red.mayRegister('shop/cart', '10.0.0.8'), red.mayRegister('shop/pay', '10.0.0.9')]).toEqual([true, true]);
  expect((await openAddressBook(shared)).addressesOf('shop/cart')).toHaveLength(2);
});

it('refuses what finds no room in a store that is shared, before anything is stored, and keeps what it has', async () => {
  const secrets = createMemorySecrets();
  const shared: SecretStore = { ...secrets, transact: work => work(secrets) };
  const addresses = Array.from({ length: 64 }, (_, index) => `2001:db8:1111:2222:3333:4444:5555:${1000 + index}`);
  const identityOf = (index: number): string => `shop/workload-${index}`;
  const many = Object.fromEntries(Array.from({ length: 75 }, (_, index) => [identityOf(index), addresses]));
  await secrets.write('addresses.json', JSON.stringify(many));
  const book = await openAddressBook(shared);
  await expect(book.add('shop/other', addresses)).rejects.toThrow('addresses of 75 workloads that have joined are kept');
  expect([book.addressesOf('shop/other'), (await openAddressBook(shared)).addressesOf('shop/other')]).toEqual([[], []]);
  await book.add(identityOf(0), addresses.slice(0, 2));
  await book.add('shop/other', ['10.0.0.9']);
  expect((await openAddressBook(shared)).mayRegister('shop/other', '10.0.0.9')).toBe(true);
  const alone = await openAddressBook(secrets);
  await alone.add('shop/other', addresses);
  expect(alone.addressesOf('shop/other')).toHaveLength(65);
});
