// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { gatewayObjectName } from './gateway-object-name.ts';

it('is the name of the Gateway and of its class', () => {
  expect(gatewayObjectName({ name: 'edge', gatewayClassName: 'weir' })).toBe('edge-weir');
});

it('is a label of DNS, and another one for each Gateway', () => {
  const names = ['a.b', 'a-b', `${'long.'.repeat(20)}x`, `${'long.'.repeat(20)}y`, 'x'.repeat(63)];
  const found = names.map(name => gatewayObjectName({ name, gatewayClassName: 'weir' }));
  expect(new Set(found).size).toBe(names.length);
  for (const name of found) expect(name).toMatch(/^(?=.{1,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/v);
});
