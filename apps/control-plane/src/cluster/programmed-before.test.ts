// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { programmedBefore } from './programmed-before.ts';

const CONDITION = { type: 'weir.dev/Programmed', status: 'True', observedGeneration: 3, message: '2 of 2 proxies have it' };

function route(condition: object, controllerName = 'weir.dev/gateway-controller') {
  const accepted = { type: 'Accepted', status: 'True', observedGeneration: 3, message: '' };
  const status = { parents: [{ controllerName, conditions: [accepted, condition] }] };
  return { apiVersion: 'v1', kind: 'HTTPRoute', metadata: { name: 'cart', namespace: 'shop', generation: 3 }, status };
}

it('is what Weir said of this generation, and only that all have it', () => {
  expect(programmedBefore(route(CONDITION))).toEqual({ generation: 3, message: '2 of 2 proxies have it' });
  expect(programmedBefore(route({ ...CONDITION, status: 'False' }))).toBeUndefined();
  expect(programmedBefore(route({ ...CONDITION, observedGeneration: 2 }))).toBeUndefined();
  expect(programmedBefore(route({ ...CONDITION, message: 7 }))).toBeUndefined();
  expect(programmedBefore(route(CONDITION, 'example.com/other'))).toBeUndefined();
  expect(programmedBefore({ ...route(CONDITION), status: undefined })).toBeUndefined();
});

it('is nothing of a Rollout: what it has in force changes without its generation', () => {
  const rollout = {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'cart', namespace: 'shop', generation: 3 },
  };
  expect(programmedBefore({ ...rollout, status: { conditions: [CONDITION] } })).toBeUndefined();
});
