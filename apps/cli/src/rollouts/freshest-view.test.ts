// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { freshestViews } from './freshest-view.ts';
import { ANALYSED, LATE, SAMPLE_MS, STABLE, viewWith } from './sample-views.ts';

const unseen = { ...ANALYSED, seen: LATE.seen, analysis: [] };

it.each([
  ['that has taken more steps', ANALYSED, STABLE],
  ['to which something happened later', ANALYSED, viewWith({ paused: { by: 'alice', atMs: SAMPLE_MS, isWritten: false } })],
  ['of which more was seen', unseen, ANALYSED],
  ['of which anything is known', { ...ANALYSED, state: undefined }, unseen],
])('takes the view %s', (_, older, newer) => {
  expect(freshestViews([older, newer])).toEqual([newer]);
  expect(freshestViews([newer, older])).toEqual([newer]);
});

it('has each Rollout once, in their order', () => {
  const other = { ...LATE, name: 'stock' };
  expect(freshestViews([ANALYSED, other, ANALYSED, other])).toEqual([ANALYSED, other]);
  expect(freshestViews([])).toEqual([]);
});
