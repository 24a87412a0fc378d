// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { HoldingRollout } from '../holding/holding-rollout.ts';
import type { AdmissionRequest } from './admission-review.ts';
import { holdPod } from './hold-pod.ts';

const ADMITTED = { kind: 'admitted' };
const UNDER_WAY: HoldingRollout = { deployment: 'cart', stable: 'aaa', candidate: 'bbb' };

const owner = (name: string, fields: object = {}): object => ({ kind: 'ReplicaSet', name, controller: true, ...fields });

const podOf = (hash: string, metadata: object = {}, spec: object = {}): object => ({
  metadata: { labels: { 'pod-template-hash': hash }, ownerReferences: [owner(`cart-${hash}`)], ...metadata },
  spec: { containers: [{ name: 'app' }], ...spec },
});

const made = (object: unknown): AdmissionRequest => ({ uid: 'u', operation: 'CREATE', namespace: 'shop', object });

describe('a Pod that is made', () => {
  it('is held back where its revision is not promoted', () => {
    expect(holdPod(made(podOf('bbb')), [UNDER_WAY])).toEqual({
      kind: 'admitted',
      patch: [
        { op: 'add', path: '/metadata/annotations', value: { 'weir.dev/deployment': 'cart' } },
        { op: 'add', path: '/spec/readinessGates', value: [{ conditionType: 'weir.dev/promoted' }] },
      ],
    });
  });

  it('keeps its annotations and gates of others, and gets each of ours once', () => {
    const readinessGates = [{ conditionType: 'lb/ready' }];
    const annotated = podOf('bbb', { annotations: { note: 'x' } }, { readinessGates });
    expect(holdPod(made(annotated), [UNDER_WAY])).toMatchObject({
      patch: [
        { op: 'add', path: '/metadata/annotations/weir.dev~1deployment', value: 'cart' },
        { op: 'replace', path: '/spec/readinessGates', value: [...readinessGates, { conditionType: 'weir.dev/promoted' }] },
      ],
    });
    const held = podOf(
      'bbb',
      { annotations: { 'weir.dev/deployment': 'cart' } },
      { readinessGates: [{ conditionType: 'weir.dev/promoted' }] },
    );
    expect(holdPod(made(held), [UNDER_WAY])).toEqual({ kind: 'admitted', patch: [] });
  });

  it.each([
    ['of stable', podOf('aaa'), UNDER_WAY],
    ['while no stable is known', podOf('bbb'), { deployment: 'cart' }],
    ['of a candidate whose gates are open', podOf('bbb'), { ...UNDER_WAY, openGates: true }],
    ['of another Deployment', podOf('bbb', { ownerReferences: [owner('basket-bbb')] }), UNDER_WAY],
    ['of a ReplicaSet that is not of its hash', podOf('bbb', { ownerReferences: [owner('cart-ccc')] }), UNDER_WAY],
    ['of no ReplicaSet', podOf('bbb', { ownerReferences: [owner('cart-bbb', { kind: 'Job' })] }), UNDER_WAY],
    ['of nobody who makes it anew', podOf('bbb', { ownerReferences: [owner('cart-bbb', { controller: false })] }), UNDER_WAY],
    ['without label', podOf('bbb', { labels: null }), UNDER_WAY],
    ['that is none', { spec: 1 }, UNDER_WAY],
  ])('passes as it is %s', (_, object, rollout) => {
    expect(holdPod(made(object), [rollout])).toEqual(ADMITTED);
  });

  it('of a third revision is held back while the gates of the second are open', () => {
    expect(holdPod(made(podOf('ccc')), [{ ...UNDER_WAY, openGates: true }])).toMatchObject({ patch: [{}, {}] });
  });

  it('is held back by one of two Rollouts of its Deployment', () => {
    expect(holdPod(made(podOf('bbb')), [{ deployment: 'cart' }, UNDER_WAY])).toMatchObject({ patch: [{}, {}] });
  });
});

it('a Pod that is changed passes', () => {
  expect(holdPod({ ...made(podOf('bbb')), operation: 'UPDATE' }, [UNDER_WAY])).toEqual(ADMITTED);
});
