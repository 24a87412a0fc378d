// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { parseRollout } from './parse-rollout.ts';

it('reads a namespace and a name, or a name alone', () => {
  expect(parseRollout('shop/checkout')).toEqual({ path: '/rollouts/shop/checkout', text: 'shop/checkout' });
  expect(parseRollout('a?b')).toEqual({ path: '/rollouts/default/a%3Fb', text: 'default/a?b' });
});

it.each(['', '/', 'shop/', '/checkout', 'Rollout/shop/checkout'])('says what to write instead of %j', text => {
  expect(() => parseRollout(text)).toThrow(`${JSON.stringify(text)} is no Rollout: write NAMESPACE/NAME`);
});
