// SPDX-License-Identifier: Apache-2.0
import type { Workload } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import { WorkloadBook } from './workload-book.ts';

const workload = (identity: string, address: string): Workload => ({
  ...{ kind: 'workload', name: `workload/${identity}/${address}`, identity, address, ports: [] },
});

it('knows who is at an address, and lets nobody else say that they are', () => {
  const book = new WorkloadBook();
  book.apply({ upserts: [workload('shop/cart', '10.0.0.1'), workload('shop/pay', '10.0.0.2')], removes: [] });
  const may = (): readonly boolean[] => ['shop/cart', 'shop/pay'].map(identity => book.mayRegister(identity, '10.0.0.1'));
  expect(may()).toEqual([true, false]);
  // The address goes to another Pod, which is heard of before the end of the first.
  book.apply({ upserts: [workload('shop/pay', '10.0.0.1')], removes: [] });
  expect(may()).toEqual([true, true]);
  book.apply({ upserts: [], removes: ['workload/shop/cart/10.0.0.1', 'workload/shop/none/10.0.0.9'] });
  expect(may()).toEqual([false, true]);
  book.apply({ upserts: [], removes: ['workload/shop/pay/10.0.0.1'] });
  expect(may()).toEqual([true, true]);
});
