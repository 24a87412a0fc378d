// SPDX-License-Identifier: Apache-2.0
import type { RouteStatus } from '@weir/policy/compile';
import { expect, it } from 'vitest';
import { StatusNews } from './status-news.ts';

function statusOf(isProgrammed: boolean): RouteStatus {
  const condition = { type: 'weir.dev/Programmed', status: isProgrammed ? 'True' : 'False', reason: '', message: '' } as const;
  const conditions = [{ ...condition, observedGeneration: 1, lastTransitionTime: '' }];
  return { parents: [{ parentRef: {} as RouteStatus['parents'][number]['parentRef'], controllerName: '', conditions }] };
}

it('is what changed, what came and what went', () => {
  const news = new StatusNews();
  const [one, two, three] = [statusOf(true), statusOf(true), statusOf(true)];
  expect(
    news.changed(
      new Map([
        ['a', one],
        ['b', two],
      ]),
    ),
  ).toEqual(['a', 'b']);
  const next = new Map([
    ['a', one],
    ['b', three],
    ['c', one],
  ]);
  expect(news.changed(next)).toEqual(['b', 'c']);
  expect(news.changed(next)).toEqual([]);
  expect(news.changed(new Map([['c', one]]))).toEqual(['a', 'b']);
});
