// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import type { RefusedObject } from '../control-plane-options.ts';
import { RefusedStatuses } from './refused-statuses.ts';

const REFUSED: RefusedObject = {
  generation: 3,
  problems: [
    { severity: 'error', code: 'x', path: 'spec.rateLimits[0].windw', message: 'is not known', hint: 'did you mean `windows`?' },
    { severity: 'error', code: 'y', message: 'spec is missing', hint: 'write it' },
  ],
};

it('a policy that was never accepted is told why, in a status that stays the same as long as the policy does', () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const statuses = new RefusedStatuses(clock);
  const refused = new Map([
    ['TrafficPolicy/shop/cart', REFUSED],
    ['Consumer/shop/anna', REFUSED],
  ]);
  expect(statuses.keys(refused)).toEqual(['TrafficPolicy/shop/cart']);
  expect(statuses.status('Consumer/shop/anna', refused)).toBeUndefined();
  expect(statuses.status('TrafficPolicy/shop/other', refused)).toBeUndefined();
  const status = statuses.status('TrafficPolicy/shop/cart', refused);
  expect(status).toEqual({
    ancestors: [
      {
        ancestorRef: { group: '', kind: 'Namespace', namespace: 'shop', name: 'shop' },
        controllerName: 'weir.dev/gateway-controller',
        conditions: [
          {
            ...{ type: 'Accepted', status: 'False', reason: 'Invalid', observedGeneration: 3 },
            message: 'spec.rateLimits[0].windw: is not known; did you mean `windows`?; spec is missing; write it',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
    ],
  });
  clock.advance(60_000);
  expect(statuses.status('TrafficPolicy/shop/cart', refused)).toBe(status);
});

it('a Rollout is told beside what else its status says', () => {
  const statuses = new RefusedStatuses(createManualClock(Date.UTC(2026, 0, 1)));
  const refused = new Map([['Rollout/shop/cart', REFUSED]]);
  expect(statuses.keys(refused)).toEqual(['Rollout/shop/cart']);
  expect(statuses.status('Rollout/shop/cart', refused)).toMatchObject({
    conditions: [{ type: 'Accepted', status: 'False', reason: 'Invalid', observedGeneration: 3 }],
  });
});
