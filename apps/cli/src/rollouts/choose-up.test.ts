// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { chooseUp } from './choose-up.ts';
import type { FoundUp } from './find-up.ts';
import { ANALYSED } from './sample-views.ts';

const first: FoundUp = { socketPath: '/run/weir/1.sock', rollouts: [ANALYSED] };
const second: FoundUp = { socketPath: '/run/weir/2.sock', rollouts: [{ ...ANALYSED, name: 'stock' }] };
const third: FoundUp = { socketPath: '/run/weir/3.sock', rollouts: [] };

it('takes the only one, whatever it has', () => {
  expect(chooseUp([], 'shop/stock')).toBeUndefined();
  expect(chooseUp([third], 'shop/stock')).toBe(third);
});

it('takes the one that has what is asked for', () => {
  expect(chooseUp([first, second, third], 'shop/stock')).toBe(second);
  expect(chooseUp([first, third], undefined)).toBe(first);
});

it.each([
  ['more than one has a Rollout shop/checkout', [first, first, third], 'shop/checkout', 2],
  ['more than one has Rollouts', [first, second, third], undefined, 2],
  ['none of them has a Rollout shop/other', [first, second], 'shop/other', 2],
] as const)('lets people choose where %s', (words, ups, rollout, count) => {
  const choose = (): unknown => chooseUp(ups, rollout);
  expect(choose).toThrow(words);
  expect(choose).toThrow(`${count} of weir up run here`);
  expect(choose).toThrow('--up /run/weir/1.sock');
});
