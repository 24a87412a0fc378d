// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { expect, it } from 'vitest';
import { nextEpoch } from './next-epoch.ts';

it('rises with each start, also when the clock was set back', async () => {
  const secrets = createMemorySecrets();
  const at = (ms: number) => nextEpoch(secrets, { wallMs: () => ms });
  expect([await at(1000.5), await at(2000), await at(500), await at(500)]).toEqual([1000, 2000, 2001, 2002]);
});
