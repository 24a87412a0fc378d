// SPDX-License-Identifier: Apache-2.0
import { readClusterObject } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import type { Status } from '@weir/policy/compile';
import type { AckDigest, Programmed } from '@weir/sync/server';
import { beforeEach, expect, it } from 'vitest';
import type { HeardAcks } from './acks-elsewhere.ts';
import { ObjectBook } from './object-book.ts';
import { PROGRAMMED } from './status-with-programmed.ts';

const KEY = 'HTTPRoute/shop/cart';
const NOTHING: AckDigest = { acked: [], waiting: [], away: [], gone: [], refusing: [] };
const NO_PROXIES: Programmed = { status: 'noSubscribers', of: 0, acked: 0, waiting: [], refusing: [], gone: [], unheard: [] };
const GONE = 'replica weir-a is gone, and its proxies may be on their way';
const PARENT = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
const STATUS: Status = { parents: [{ parentRef: PARENT, controllerName: 'weir.dev/gateway-controller', conditions: [] }] };

let heard: HeardAcks;
let book: ObjectBook;

function route(generation: number): Document {
  const read = readClusterObject({
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
    metadata: { name: 'cart', namespace: 'shop', generation },
    spec: { parentRefs: [{ name: 'edge' }], hostnames: [`v${generation}.example`] },
  });
  if (read.kind !== 'document') throw new Error(JSON.stringify(read));
  return read.document;
}

function update(generation: number): void {
  book.update({ documents: new Map([[KEY, route(generation)]]) }, { version: generation, upserts: [], removes: [] });
}

beforeEach(() => {
  heard = { isComplete: true, digests: [{ ...NOTHING, waiting: ['mesh/a'] }], unheard: [] };
  book = new ObjectBook({
    acks: {
      ...{ digestOf: () => NOTHING, forget: () => undefined, programmed: () => NO_PROXIES },
      statusOf: () => ({ version: undefined, changedMs: 0, acked: [], pending: [], refusing: [] }),
    },
    elsewhere: { heardOf: () => heard, forget: () => undefined },
    statuses: () => new Map([[KEY, STATUS]]),
    nowMs: () => 0,
  });
  update(1);
});

function programmed(): unknown {
  const status = book.status(KEY);
  if (status === undefined || !('parents' in status)) throw new Error('no status of a route');
  const found = status.parents[0]?.conditions.find(({ type }) => type === PROGRAMMED);
  return [found?.status, found?.message];
}

it('what a replica that does not lead has heard of, stays so when the one is gone that led', () => {
  book.settle([KEY]);
  expect(book.editionsOf([KEY])).toHaveLength(1);
  heard = { ...heard, digests: [{ ...NOTHING, acked: ['mesh/a'] }] };
  book.settle([KEY]);
  expect([book.editionsOf([KEY]), book.takeUnsettled(9), book.takeUnsettled(9)]).toEqual([[], [KEY], []]);
  heard = { isComplete: true, digests: [], unheard: [GONE] };
  expect(programmed()).toEqual(['True', '1 of 1 proxies have it']);
});

it('of what is new, nobody knows while a replica has just gone', () => {
  heard = { ...heard, digests: [{ ...NOTHING, acked: ['mesh/a'] }] };
  book.settle([KEY]);
  update(2);
  heard = { isComplete: true, digests: [], unheard: [GONE] };
  book.settle([KEY]);
  expect(programmed()).toEqual(['False', `0 of 0 proxies have it; ${GONE}`]);
});

it('what a status said before this process began, holds for that generation', () => {
  heard = { isComplete: true, digests: [], unheard: [] };
  expect(programmed()).toEqual(['False', 'no proxy that is connected needs it']);
  book.recall(KEY, { generation: 2, message: '7 of 7 proxies have it' });
  expect(programmed()).toEqual(['False', 'no proxy that is connected needs it']);
  book.recall(KEY, { generation: 1, message: '7 of 7 proxies have it' });
  expect([programmed(), book.editionsOf([KEY])]).toEqual([['True', '7 of 7 proxies have it'], []]);
  update(2);
  book.recall(KEY, { generation: 2, message: '7 of 7 proxies have it' });
  expect(programmed()).toEqual(['False', 'no proxy that is connected needs it']);
});
