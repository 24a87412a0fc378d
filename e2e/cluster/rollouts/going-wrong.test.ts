// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureWeir } from '../stage/weir-release.ts';
import type { BothLoads } from './stage/both-loads.ts';
import type { FollowedRollout } from './stage/followed-rollout.ts';
import { RolloutScene } from './stage/rollout-scene.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const HALF = { canary: { steps: [{ weight: 50 }, { pause: {} }] } };
const JUDGED = { canary: { steps: [{ weight: 50 }, { analysis: { for: '2m' } }] } };
const ERRORS = { conditions: [{ name: 'errors', successRate: { maxDrop: 1 } }] };
const SLOW = { conditions: [{ name: 'slow', latency: { quantile: 99, maxRatio: 2 } }] };

let scene: RolloutScene;
let rollout: FollowedRollout;
let load: BothLoads;
let count = 0;

beforeAll(async () => {
  await ensureWeir();
  scene = await RolloutScene.open('e2e-going-wrong');
  rollout = await scene.begin({ strategy: HALF });
  load = await scene.load();
});

/** What stable is: each test begins and ends with it. */
beforeEach(async () => {
  await scene.offer({ REVISION: 'v1' });
  await rollout.inPhase('Stable');
  load.take();
});

afterAll(async () => {
  await load[Symbol.asyncDispose]();
  await rollout[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** Another template each time. */
function offer(env: Readonly<Record<string, string>>): Promise<void> {
  count += 1;
  return scene.offer({ REVISION: 'bad', EDITION: String(count), ...env });
}

describe('a new template is aborted by itself', () => {
  it('that fails one of twenty requests', async () => {
    await scene.write({ strategy: JUDGED, analysis: ERRORS });
    await offer({ FAIL_EVERY: '20' });
    const reason = await rollout.isAborted();
    const { edge, mesh } = load.take();
    console.info(
      `5 % failing: ${edge.failed + mesh.failed} of ${edge.total + mesh.total} failed until it was aborted: ${reason}`,
    );
    expect(reason).toContain('success rate');
    await load.settlesAt('v1');
  });

  it('that is slow for one of fifty', async () => {
    await scene.write({ strategy: JUDGED, analysis: SLOW });
    await offer({ SLOW_EVERY: '50', SLOW_MS: '400' });
    const reason = await rollout.isAborted();
    console.info(`slow at p99: ${reason}`);
    expect(reason).toContain('slow');
    await expectNoneFailed();
    await load.settlesAt('v1');
  });

  it.each([
    ['that crashes as it starts', { CRASHES: '1' }],
    ['that never becomes ready', { UNREADY: '1' }],
  ])('%s, and no request fails', async (_, env) => {
    await scene.write({ strategy: HALF, progressDeadline: '5s' });
    await offer(env);
    expect(await rollout.isAborted()).toContain('not ready within 5s');
    await expectNoneFailed();
    await load.settlesAt('v1');
  });
});

describe('abort ends with all requests at stable, and none failed', () => {
  it('in Preparing', async () => {
    await scene.write({ strategy: HALF });
    await offer({ UNREADY: '1' });
    await rollout.inPhase('Preparing');
    await abort();
  });

  it('in Progressing, and retry begins anew', async () => {
    await scene.write({ strategy: HALF });
    await offer({});
    await rollout.comesTo(50);
    await abort();
    expect(await rollout.ask('retry')).toMatchObject({ code: 0 });
    await rollout.comesTo(50);
    await abort();
  });

  it('in Promoting, while a proxy takes nothing', async () => {
    await scene.write({ strategy: HALF });
    await offer({});
    await rollout.comesTo(50);
    {
      await using still = new AsyncDisposableStack();
      still.use(await scene.freezeBystander());
      expect(await rollout.ask('promote', '--full')).toMatchObject({ code: 0 });
      await rollout.inPhase('Promoting');
      expect(await rollout.ask('abort')).toMatchObject({ code: 0, stderr: '' });
      await rollout.comes('to wait for a proxy', ({ phase, split }) => phase === 'Aborting' && split?.candidateShare === 0);
      await load.settlesAt('v1');
    }
    await rollout.isAborted();
    await expectNoneFailed();
  });

  it('in Keeping', async () => {
    await scene.write({ strategy: HALF, rollbackWindow: '1h' });
    await offer({});
    await rollout.comesTo(50);
    expect(await rollout.ask('promote', '--full')).toMatchObject({ code: 0 });
    await rollout.inPhase('Keeping');
    await abort();
  });

  it('in Draining, while stable still has requests', async () => {
    await scene.write({ strategy: HALF, rollbackWindow: '0s' });
    await offer({});
    await rollout.comesTo(50);
    await using held = new AsyncDisposableStack();
    held.use(await scene.holdRequests());
    await load.more(200);
    expect(await rollout.ask('promote', '--full')).toMatchObject({ code: 0 });
    await rollout.comes('to wait for requests', ({ phase, waitingFor }) => phase === 'Draining' && waitingFor === 'InFlight');
    await abort();
  });
});

async function abort(): Promise<void> {
  expect(await rollout.ask('abort')).toMatchObject({ code: 0, stderr: '' });
  expect(await rollout.isAborted()).toContain('asked for it');
  await expectNoneFailed();
  await load.settlesAt('v1');
}

async function expectNoneFailed(): Promise<void> {
  const { edge, mesh } = load.take();
  expect([...edge.failures, ...mesh.failures]).toEqual([]);
}
