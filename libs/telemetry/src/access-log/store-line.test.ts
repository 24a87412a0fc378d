// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { StoreRecord } from '../stores/store-record.ts';
import { formatStoreHumanLine, formatStoreJsonLine } from './store-line.ts';

const TIME = '2026-01-02T03:29:00.123Z';
const LOST: StoreRecord = { store: 'redis://10.0.0.7:6379/0', state: 'lost', detail: 'no answer "in time"\n' };
const RETURNED: StoreRecord = { store: 'redis://10.0.0.7:6379/0', state: 'returned', detail: '' };

it('tells machines of a store', () => {
  expect(JSON.parse(formatStoreJsonLine(LOST, TIME))).toEqual({
    time: TIME,
    rate_limit_store: 'redis://10.0.0.7:6379/0',
    state: 'lost',
    detail: 'no answer "in time"\n',
  });
  expect(JSON.parse(formatStoreJsonLine(RETURNED, TIME))).not.toHaveProperty('detail');
});

it('tells people of a store, in one line', () => {
  expect(formatStoreHumanLine(RETURNED, { time: TIME, isColoured: false })).toBe(
    '03:29:00.123  STORE  returned  redis://10.0.0.7:6379/0\n',
  );
  expect(formatStoreHumanLine(LOST, { time: TIME, isColoured: true })).toMatch(
    /^03:29:00.123 {2}STORE {2}\u001b\[31mlost .*in time[^\n]*\n$/,
  );
});
