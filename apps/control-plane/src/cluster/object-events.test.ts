// SPDX-License-Identifier: Apache-2.0
import { readClusterObject } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { expect, it } from 'vitest';
import { notRead, rolloutTurn } from './object-events.ts';

const NOTHING = new Map<string, Document>();
const problem = {
  severity: 'error',
  code: 'unknown-field',
  message: 'unknown field `hots`',
  hint: 'did you mean `host`?',
} as const;

it('is about the object that cannot be read', () => {
  expect(notRead({ ...problem, object: 'HTTPRoute shop/cart', path: 'spec.hots' }, NOTHING)).toMatchObject({
    about: { resource: { plural: 'httproutes' }, namespace: 'shop', name: 'cart' },
    reason: 'NotRead',
    note: 'spec.hots: unknown field `hots`; did you mean `host`?; nothing of it is in force',
  });
  expect(notRead({ ...problem, object: 'GatewayClass weir' }, NOTHING)).toMatchObject({
    about: { resource: { plural: 'gatewayclasses' }, namespace: '', name: 'weir' },
  });
  expect(notRead({ ...problem, object: 'Widget shop/cart' }, NOTHING)).toBeUndefined();
  expect(notRead(problem, NOTHING)).toBeUndefined();
});

it('says what that comes to', () => {
  const targetRefs = [{ group: '', kind: 'Service', name: 'cart' }];
  const policy = (spec: object): ReturnType<typeof readClusterObject> =>
    readClusterObject({
      apiVersion: 'weir.dev/v1alpha1',
      kind: 'AccessPolicy',
      metadata: { name: 'p', namespace: 'shop' },
      spec,
    });
  const before = policy({ targetRefs, addresses: { deny: ['10.0.0.0/8'] } });
  const after = policy({ targetRefs, tomorrow: true });
  const noteWith = (document: Document | undefined): string | undefined =>
    notRead({ ...problem, object: 'AccessPolicy shop/p' }, new Map(document && [['AccessPolicy/shop/p', document]]))?.note;
  expect(noteWith(before.kind === 'document' ? before.document : undefined)).toMatch(/; what it said before stays in force$/v);
  expect(noteWith(after.kind === 'refused' ? after.standIn : undefined)).toMatch(
    /; what it guards is refused, as nothing is known of what it said before$/v,
  );
});

it('a turn of a Rollout is news, and a warning where somebody should look', () => {
  const news = { id: '4-Paused-1', words: 'Paused.', by: 'ada', atMs: 1, stable: 'v1', candidate: 'v2' };
  expect(rolloutTurn('shop/cart', { ...news, type: 'Paused' })).toEqual({
    about: { resource: expect.objectContaining({ plural: 'rollouts' }) as unknown, namespace: 'shop', name: 'cart' },
    ...{ id: '4-Paused-1', type: 'Normal', reason: 'Paused', action: 'Rollout', note: 'Paused. (by ada)' },
  });
  expect(rolloutTurn('shop/cart', { ...news, type: 'FuseBlown', by: 'weir' })).toMatchObject({
    type: 'Warning',
    note: 'Paused.',
  });
});
