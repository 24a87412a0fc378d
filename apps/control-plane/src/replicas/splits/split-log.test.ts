// SPDX-License-Identifier: Apache-2.0
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { RevisionCounts, SplitReport } from '@weir/policy/snapshot';
import { SplitsResponseSchema } from '@weir/sync/messages';
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, expect, it } from 'vitest';
import { ANSWER_ROWS, MAX_ROWS, SplitLog } from './split-log.ts';
import { splitsFromWire, splitsToWire } from './splits-wire.ts';
import type { ToldSplits } from './told-splits.ts';

let clock: ManualClock;
let connected: Set<string>;
let log: SplitLog;

beforeEach(() => {
  clock = createManualClock();
  connected = new Set(['mesh/a', 'mesh/b']);
  log = new SplitLog({ clock, instance: 'first', isConnected: proxy => connected.has(proxy) });
});

function counted(succeeded: number): RevisionCounts {
  const place = { rollout: 'shop/cart', step: '1-a', backend: 'shop/cart:80', route: '', revision: 'v2' };
  return { ...place, succeeded, failed: 0, statuses: [0, succeeded, 0, 0, 0], latencies: [[7, succeeded]] };
}

const reportOf = (...succeeded: readonly number[]): SplitReport => ({ counts: succeeded.map(counted), states: [] });

/** Of each report, what it counts first. */
function read(position: number, instance = 'first'): Omit<ToldSplits, 'reports'> & { readonly first: readonly unknown[] } {
  const { reports, ...rest } = log.since({ instance, position });
  return { ...rest, first: reports.map(({ report }) => report.counts[0]?.succeeded) };
}

it('tells what came after what was read, and who is connected of those that told', () => {
  log.note('mesh/a', reportOf(1));
  log.note('mesh/b', reportOf(2));
  log.note('mesh/c', reportOf(3));
  expect(read(0)).toEqual({
    ...{ instance: 'first', first: [1, 2, 3], position: 3, isPartial: false, proxies: ['mesh/a', 'mesh/b'] },
  });
  expect(read(2)).toMatchObject({ first: [3], position: 3 });
  expect(read(3)).toMatchObject({ first: [], position: 3, isPartial: false });
  log.note('mesh/a', reportOf(4));
  expect(read(3)).toMatchObject({ first: [4], position: 4 });
});

it('tells who has read another process everything', () => {
  log.note('mesh/a', reportOf(1));
  expect(read(9, 'another')).toMatchObject({ first: [1], position: 1 });
  expect(read(0, '')).toMatchObject({ first: [1] });
});

it('keeps what it heard for ten seconds', () => {
  log.note('mesh/a', reportOf(1));
  clock.advance(6_000);
  log.note('mesh/b', reportOf(2));
  clock.advance(5_000);
  expect(read(0)).toMatchObject({ first: [2], position: 2, proxies: ['mesh/b'] });
  clock.advance(5_000);
  expect(read(0)).toMatchObject({ first: [], position: 2, isPartial: false, proxies: [] });
  log.note('mesh/a', reportOf(3));
  expect(read(2)).toMatchObject({ first: [3], position: 3 });
});

it('tells as much at a time as there is room for, and at least one report', () => {
  const many = Array.from({ length: ANSWER_ROWS / 2 }, () => 1);
  for (let i = 0; i < 3; i++) log.note('mesh/a', reportOf(...many));
  log.note('mesh/a', reportOf(...many, ...many, ...many));
  let position = 0;
  for (let index = 0; index < 4; index++) {
    const told = log.since({ instance: 'first', position });
    expect([told.reports.length, told.isPartial]).toEqual([1, index < 3]);
    ({ position } = told);
  }
  expect(position).toBe(4);
});

it('forgets the oldest where there is too much', () => {
  const rows = Array.from({ length: MAX_ROWS / 2 }, () => 1);
  for (let i = 0; i < 3; i++) log.note('mesh/a', reportOf(...rows));
  expect(log.since({ instance: 'first', position: 0 })).toMatchObject({ position: 3, isPartial: false });
});

it.each([
  ['names are long', { route: 'x'.repeat(1000) }],
  ['latencies are spread', { latencies: Array.from({ length: 400 }, (_, bucket) => [bucket, 1] as const) }],
])('forgets more of them where their %s: what is kept is bounded in memory', (_why, large) => {
  const count = { ...counted(1), ...large };
  for (let i = 0; i < 10; i++) log.note('mesh/a', { counts: new Array<RevisionCounts>(MAX_ROWS / 8).fill(count), states: [] });
  // One report is as much as an answer has room for, and none is left but the last.
  expect(log.since({ instance: 'first', position: 0 })).toMatchObject({ position: 10, isPartial: false });
});

it('comes over the wire as it went', () => {
  const state = { rollout: 'shop/cart', step: '1-a', backend: 'shop/cart:80', stableInFlight: 1, candidateInFlight: 2 };
  const states = [
    { ...state, blown: undefined },
    { ...state, blown: '5 of 9 failed' },
  ];
  log.note('mesh/a', { counts: [counted(5)], states });
  const told = log.since({ instance: '', position: 0 });
  const wire = toBinary(SplitsResponseSchema, splitsToWire({ ...told, isPartial: true }));
  expect(splitsFromWire(fromBinary(SplitsResponseSchema, wire))).toEqual({ ...told, isPartial: true });
});
