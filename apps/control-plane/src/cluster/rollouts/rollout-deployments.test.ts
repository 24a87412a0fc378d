// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import { RolloutDeployments } from './rollout-deployments.ts';

/** What of a Rollout is looked at. */
function rollout(namespace: string, revisions: object): ResolvedRollout {
  return { document: { namespace, spec: { revisions } } } as unknown as ResolvedRollout;
}

it('follows the Deployments of namespaces with Rollouts of Deployments, while it leads', () => {
  const clock = createManualClock();
  const rollouts = new Map([['shop/cart', rollout('shop', { deployment: { name: 'cart' } })]]);
  const followed: string[][] = [];
  new RolloutDeployments({
    clock,
    deployments: { follow: namespaces => void followed.push([...namespaces]) },
    controlPlane: { current: { rollouts } },
  }).lead(AbortSignal.any([]));
  expect(followed).toEqual([['shop']]);
  rollouts.set('till/desk', rollout('till', { services: { stable: 'v1', candidate: 'v2' } }));
  rollouts.set('bank/desk', rollout('bank', { deployment: { name: 'desk' } }));
  clock.advance(500);
  expect(followed.at(-1)).toEqual(['shop', 'bank']);
});

it('follows none when it does not lead any more', () => {
  const clock = createManualClock();
  const rollouts = new Map([['shop/cart', rollout('shop', { deployment: { name: 'cart' } })]]);
  const followed: string[][] = [];
  const term = new AbortController();
  new RolloutDeployments({
    clock,
    deployments: { follow: namespaces => void followed.push([...namespaces]) },
    controlPlane: { current: { rollouts } },
  }).lead(term.signal);
  term.abort();
  clock.advance(5000);
  expect(followed).toEqual([['shop'], []]);
});
