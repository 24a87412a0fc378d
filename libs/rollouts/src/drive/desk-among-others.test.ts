// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';
import { parseDocuments } from '@weir/policy/documents';
import type { RevisionCounts, SplitState } from '@weir/policy/snapshot';
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import type { RolloutState } from '../state/rollout-state.ts';
import { RolloutDesk } from './rollout-desk.ts';
import type { Rollout } from './rollout-ports.ts';

/** A desk that hears of some proxies by others alone. */

const KEY = 'shop/cart';
const TEXT = `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  targetRef: { name: cart }
  revisions: { services: { stable: v1, candidate: v2 } }
  strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } }
`;

async function start() {
  const document = parseDocuments(TEXT, 'cart.yaml').documents[0] as Rollout;
  const endpoints = { v1: { ready: 1, wanted: 1 }, v2: { ready: 1, wanted: 1 } };
  const findings = { Accepted: { status: 'True', reason: 'Accepted', message: '' } } as const;
  const resolved: ResolvedRollout = { document, services: { stable: 'v1', candidate: 'v2', endpoints }, findings, issues: [] };
  const clock = createManualClock(1_700_000_000_000);
  const states = new Map<string, RolloutState>();
  const world = { isWhole: true, acked: 1, having: [] as string[] };
  const desk = new RolloutDesk({
    clock,
    store: {
      load: () => Promise.resolve(new Map(states)),
      save: (key, state) => {
        if (state !== undefined) states.set(key, state);
        return Promise.resolve();
      },
    },
    world: {
      rollouts: () => new Map([[KEY, resolved]]),
      arrivalOf: () => {
        const step = states.get(KEY)?.split?.step ?? '';
        return { step, of: world.acked, acked: world.acked, waiting: [], refusing: [], gone: [], unheard: [] };
      },
      isConnected: () => true,
      isWhole: () => world.isWhole,
      having: () => world.having,
      sideOf: () => 'mesh',
      onInForce: () => undefined,
    },
    web: { post: () => Promise.resolve(200), get: () => Promise.resolve({}) },
    ...{ reconnectMs: 0, onNews: () => undefined, onNote: () => undefined },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 250) {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      clock.advance(250);
    }
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  };
  await desk.open();
  desk.start();
  await pass(1000);
  return { desk, world, pass, state: () => states.get(KEY) };
}

function stateAt(step: string): SplitState {
  return { rollout: KEY, step, backend: 'shop/cart:80', stableInFlight: 0, candidateInFlight: 0, blown: undefined };
}

it('lets the former revision go once everybody has told that nothing is in flight, and not before', async () => {
  const { desk, world, pass, state } = await start();
  await desk.request(KEY, { id: 'one', verb: 'promote', by: 'ada', isFull: true });
  await pass(1000);
  await desk.request(KEY, { id: 'two', verb: 'promote', by: 'ada' });
  await pass(1000);
  expect(state()?.phase).toBe('Draining');
  world.isWhole = false;
  desk.report('mesh/a', { counts: [], states: [stateAt(state()?.split?.step ?? '')] });
  await pass(5000);
  expect(state()?.phase).toBe('Draining');
  world.isWhole = true;
  await pass(1000);
  expect(state()?.phase).toBe('Stable');
});

it('takes counts without what stands behind them, and forgets who told it once it drives no more', async () => {
  const { desk, pass, state } = await start();
  const step = state()?.split?.step ?? '';
  const place = { rollout: KEY, step, backend: 'shop/cart:80', route: '', revision: 'v2' };
  const counts: RevisionCounts[] = [{ ...place, succeeded: 3, failed: 1, statuses: [0, 3, 0, 0, 1], latencies: [[10, 3]] }];
  await pass(1000);
  desk.report('mesh/a', { counts, states: [{ ...stateAt(step), blown: '1 of 4 failed' }] });
  desk.count('mesh/b', counts);
  expect(desk.view(KEY)?.seen.mesh.candidate).toMatchObject({ requests: 8, failures: 2 });
  expect(desk.isDriving).toBe(true);
  desk.stop();
  expect(desk.isDriving).toBe(false);
  await desk.open();
  desk.start();
  await pass(1000);
  expect(state()?.phase).toBe('Progressing');
});

it('lets the former revision go when a proxy is gone that had taken the step, once all others have had time to tell', async () => {
  const { desk, world, pass, state } = await start();
  world.acked = 2;
  world.having = ['mesh/a'];
  await desk.request(KEY, { id: 'one', verb: 'promote', by: 'ada', isFull: true });
  await pass(1000);
  await desk.request(KEY, { id: 'two', verb: 'promote', by: 'ada' });
  desk.report('mesh/a', { counts: [], states: [stateAt(state()?.split?.step ?? '')] });
  await pass(5000);
  expect(state()?.phase).toBe('Draining');
  await pass(30_000);
  expect(state()?.phase).toBe('Stable');
});
