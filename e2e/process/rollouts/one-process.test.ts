// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SteadyLoad, Tally } from './stage/steady-load.ts';
import { UpStage } from './stage/up-stage.ts';

vi.setConfig({ testTimeout: 120_000 });

let stage: UpStage;

afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

const STEPS = [{ weight: 20 }, { pause: {} }, { weight: 60 }, { pause: { for: '1s' } }];

/** What comes of so many requests from now on. */
async function seenBy(load: SteadyLoad, count = 2000): Promise<Tally> {
  load.take();
  await vi.waitFor(() => expect(load.seen).toBeGreaterThan(count), { timeout: 60_000 });
  return load.take();
}

function shareOfV2({ answered, total }: Tally): number {
  return (answered['v2'] ?? 0) / total;
}

describe('a canary in one process', () => {
  it('comes to all requests of the gateway and a sidecar, over a restart, and none fails', async () => {
    stage = await UpStage.open({ strategy: { canary: { steps: STEPS } } });
    await stage.start();
    const before = await stage.comes(
      'a first share',
      ({ split, message }) => split?.candidateShare === 2000 && /promote/iv.test(message),
    );
    expect(before.proxies).toMatchObject({ acked: 4, of: 4 });
    await stage.stop('SIGKILL');

    await stage.start();
    const load = stage.load();
    for (const side of [load.edge, load.mesh]) {
      const tally = await seenBy(side);
      expect(tally.failures).toEqual([]);
      expect(Math.abs(shareOfV2(tally) - 0.2)).toBeLessThan(0.05);
    }
    expect((await stage.state())?.split).toEqual(before.split);

    const [watched, promoted] = await Promise.all([
      stage.rollout('watch', 'catalogue', '--timeout', '60s'),
      stage.rollout('promote', 'catalogue'),
    ]);
    expect(await promoted.exited, promoted.output).toMatchObject({ code: 0 });
    expect(promoted.stderr).toMatch(/weir up is asked, process \d+/v);
    expect(await watched.exited, watched.output).toMatchObject({ code: 0 });
    expect(await stage.state()).toMatchObject({ phase: 'Stable', stable: 'v2' });
    for (const side of [load.edge, load.mesh]) {
      expect(side.take().failures).toEqual([]);
      expect(shareOfV2(await seenBy(side, 100))).toBe(1);
    }
  });

  it('begins with stable after a restart where nothing is kept, and says to whom it does not answer', async () => {
    stage = await UpStage.open({ strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } } });
    const nobody = await stage.rollout('list');
    expect(await nobody.exited).toMatchObject({ code: 69 });
    expect(nobody.stderr).toMatch(/no control plane runs with the state directory [\s\S]* no weir up of this user runs either/v);
    await stage.start([]);
    await stage.comes('a first share', ({ split }) => split?.candidateShare === 2000);
    const full = await stage.rollout('promote', 'catalogue', '--full');
    expect(await full.exited, full.output).toMatchObject({ code: 0 });
    await stage.comes('the new one to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'v2');
    await stage.stop('SIGTERM');

    await stage.start([]);
    const again = await stage.comes('the first share again', ({ split }) => split?.candidateShare === 2000);
    expect(again).toMatchObject({ stable: 'v1', candidate: 'v2' });
  });
});
