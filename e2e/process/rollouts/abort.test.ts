// SPDX-License-Identifier: Apache-2.0
import { request, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failuresOf } from './stage/both-sides.ts';
import { healthy, Switched } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';
import type { StagedRollout } from './stage/staged-rollout.ts';
import type { SteadyLoad } from './stage/steady-load.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const v1 = new Switched('v1');
const PAUSED = { strategy: { canary: { steps: [{ weight: 30 }, { pause: {} }] } } };
const AT_ONCE = { strategy: { canary: { linear: { by: 100, every: '1s' } } } };

let stage: RolloutStage;

beforeAll(async () => {
  stage = await RolloutStage.open({ revisions: { v1: v1.script, v2: healthy('v2'), unready: 'unready' } });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('abort ends in Aborted with all requests at stable, none failed, and retry begins anew', () => {
  it('in Preparing', async () => {
    const rollout = stage.rollout.with('unready');
    await rollout.begin(PAUSED);
    await inPhase(rollout, 'Preparing');
    await abortUnderLoad(rollout);
    expect(await rollout.ask('retry')).toMatchObject({ status: 200 });
    await rollout.comes('to wait again', ({ phase, waitingFor }) => phase === 'Preparing' && waitingFor === 'Readiness');
  });

  it('in Progressing', async () => {
    const { rollout } = stage;
    await rollout.begin(PAUSED);
    await rollout.comesTo(30);
    await abortUnderLoad(rollout);
    expect(await rollout.ask('retry')).toMatchObject({ status: 200 });
    await rollout.comesTo(30);
    expect(await rollout.state()).toMatchObject({ phase: 'Progressing', candidate: 'v2' });
  });

  it('in Promoting, while a proxy takes nothing', async () => {
    const { rollout } = stage;
    await rollout.begin({ ...PAUSED, rollbackWindow: '1h' });
    await rollout.comesTo(30);
    stage.sidecar.process.kill('SIGSTOP');
    try {
      expect(await rollout.ask('promote', { isFull: true })).toMatchObject({ status: 200 });
      await inPhase(rollout, 'Promoting');
      expect(await rollout.ask('abort')).toMatchObject({ status: 200 });
      await inPhase(rollout, 'Aborting');
      expect(await rollout.state()).toMatchObject({ split: { candidateShare: 0 }, waitingFor: 'Proxies' });
    } finally {
      stage.sidecar.process.kill('SIGCONT');
    }
    await rollout.isAborted();
    await expectAllAtStable();
  });

  it('in Keeping', async () => {
    const { rollout } = stage;
    await rollout.begin({ ...AT_ONCE, rollbackWindow: '1h' });
    await inPhase(rollout, 'Keeping');
    await abortUnderLoad(rollout);
    expect(await rollout.ask('retry')).toMatchObject({ status: 200 });
    await inPhase(rollout, 'Keeping');
  });

  it('in Draining, while stable still has a request', async () => {
    const { rollout } = stage;
    await rollout.begin({ ...PAUSED, rollbackWindow: '0s' });
    await rollout.comesTo(30);
    // Some of them are for stable, which holds them.
    const held = Array.from({ length: 10 }, () =>
      request({ port: stage.ports.edge }, '/held', { headers: { Connection: 'close' } }),
    );
    await waitFor(() => v1.held > 0, { what: 'stable to hold a request' });
    expect(await rollout.ask('promote', { isFull: true })).toMatchObject({ status: 200 });
    await rollout.comes('to wait for the request', ({ phase, waitingFor }) => phase === 'Draining' && waitingFor === 'InFlight');
    await abortUnderLoad(rollout);
    v1.release();
    expect(new Set((await Promise.all(held)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe('a Rollout that is taken out of the documents', () => {
  it('leaves the endpoints of the Service itself, and no request fails', async () => {
    const { rollout } = stage;
    await rollout.begin(PAUSED);
    await rollout.comesTo(30);
    await using load = stage.load();
    await load.more(200);
    await rollout.remove();
    const isPlain = ({ lastMs }: SteadyLoad): boolean => lastMs['plain'] !== undefined;
    await waitFor(() => isPlain(load.edge) && isPlain(load.mesh), { what: 'answers of the Service itself' });
    expect(failuresOf(load.take())).toEqual([]);
    const { edge, mesh } = await load.more(200);
    expect([...edge.failures, ...mesh.failures]).toEqual([]);
    expect([Object.keys(edge.answered), Object.keys(mesh.answered)]).toEqual([['plain'], ['plain']]);
    expect((await stage.stage.askApi('/rollouts/default/catalogue')).status).toBe(404);
  });
});

function inPhase(rollout: StagedRollout, wanted: string): Promise<unknown> {
  return rollout.comes(wanted, ({ phase }) => phase === wanted);
}

async function abortUnderLoad(rollout: StagedRollout): Promise<void> {
  await using load = stage.load();
  await load.more(200);
  expect(await rollout.ask('abort')).toMatchObject({ status: 200 });
  expect(await rollout.isAborted()).toMatch(/asked for it/v);
  const during = load.take();
  expect(failuresOf(during)).toEqual([]);
  await expectAllAtStable();
}

async function expectAllAtStable(): Promise<void> {
  await using load = stage.load();
  const seen = await load.more(200);
  expect(failuresOf(seen)).toEqual([]);
  expect([Object.keys(seen.edge.answered), Object.keys(seen.mesh.answered)]).toEqual([['v1'], ['v1']]);
}
