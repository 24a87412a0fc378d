// SPDX-License-Identifier: Apache-2.0
import type { Programmed } from '@weir/sync/server';
import { expect, it } from 'vitest';
import { wholeArrival } from './whole-arrival.ts';

const programmed: Programmed = {
  ...{ status: 'false', of: 3, acked: 1, waiting: ['shop/a/a'], gone: [], unheard: [] },
  refusing: [{ proxy: 'shop/b/b', resource: 'backend/shop/catalogue/80', reason: 'too many', sinceMs: 0 }],
};
const taken = { step: 's1', isUsed: true, isTaken: true, refusal: undefined };

it('counts the gateway beside its sidecars', () => {
  expect(wholeArrival(taken, { step: 's1', programmed })).toEqual({
    ...{ step: 's1', of: 4, acked: 2, waiting: ['shop/a/a'], gone: [], unheard: [] },
    refusing: [{ proxy: 'shop/b/b', reason: 'too many' }],
  });
});

it('counts the gateway alone where no sidecar is to have anything', () => {
  expect(wholeArrival(taken, undefined)).toMatchObject({ of: 1, acked: 1, waiting: [] });
  expect(wholeArrival({ ...taken, isTaken: false }, undefined)).toMatchObject({ of: 1, acked: 0, waiting: ['gateway'] });
  expect(wholeArrival({ ...taken, refusal: 'no' }, undefined)).toMatchObject({
    ...{ of: 1, acked: 0, waiting: [] },
    refusing: [{ proxy: 'gateway', reason: 'no' }],
  });
});

it('does not count a gateway whose routes do not lead there, as it has nothing to tell', () => {
  const apart = { ...taken, isUsed: false };
  expect(wholeArrival(apart, undefined)).toEqual({
    step: 's1',
    of: 0,
    acked: 0,
    waiting: [],
    refusing: [],
    gone: [],
    unheard: [],
  });
  expect(wholeArrival(apart, { step: 's1', programmed })).toMatchObject({ of: 3, acked: 1 });
});

it('says nothing while the sidecars are at another step, or nothing is divided', () => {
  expect(wholeArrival(taken, { step: 's0', programmed })).toBeUndefined();
  expect(wholeArrival(undefined, { step: 's1', programmed })).toBeUndefined();
});
