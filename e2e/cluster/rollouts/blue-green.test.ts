// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ECHO_HOST } from '../stage/edge-documents.ts';
import { isRolledOut } from '../stage/rollout.ts';
import { ensureWeir } from '../stage/weir-release.ts';
import type { BothLoads } from './stage/both-loads.ts';
import type { FollowedRollout } from './stage/followed-rollout.ts';
import { RolloutScene } from './stage/rollout-scene.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const NAME = 'e2e-blue-green';
const PREVIEW = { headers: [{ name: 'X-Preview', values: ['yes'] }] };

let scene: RolloutScene;
let rollout: FollowedRollout;
let load: BothLoads;

beforeAll(async () => {
  await ensureWeir();
  scene = await RolloutScene.open(NAME);
  rollout = await scene.begin({ strategy: { blueGreen: { preview: [PREVIEW] } }, rollbackWindow: '1h' });
  load = await scene.load();
});

afterAll(async () => {
  await load[Symbol.asyncDispose]();
  await rollout[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

it('a new template is seen by its preview alone, gets all requests at once, and loses them at once', async () => {
  await scene.offer({ REVISION: 'v2' });
  await rollout.comes('to wait for a person', ({ phase, waitingFor }) => phase === 'Progressing' && waitingFor === 'Person');
  const preview = { url: scene.edgeUrl, host: ECHO_HOST, headers: { 'x-preview': 'yes' }, status: 200 };
  expect(JSON.parse((await scene.edgeClient.ask(preview)).body)).toEqual({ revision: 'v2' });
  await load.settlesAt('v1');
  expect(await rollout.ask('promote')).toMatchObject({ code: 0 });
  await rollout.inPhase('Keeping');
  await load.settlesAt('v2');
  expect(await rollout.ask('undo')).toMatchObject({ code: 0 });
  expect(await rollout.isAborted()).toContain('asked for it');
  await load.settlesAt('v1');
});

it('the template of before leaves who served all along untouched', async () => {
  const before = await podsOf();
  await scene.offer({ REVISION: 'v1' });
  await rollout.inPhase('Stable');
  await isRolledOut('catalogue', NAME);
  const after = await podsOf();
  expect(after.filter(name => before.includes(name))).toEqual(after);
  await load.settlesAt('v1');
  const { edge, mesh } = load.whole;
  console.info(
    `blue/green and back: ${edge.failed} of ${edge.requests} failed at the edge, ${mesh.failed} of ${mesh.requests} in the mesh`,
  );
  expect([...edge.examples, ...mesh.examples]).toEqual([]);
});

async function podsOf(): Promise<readonly string[]> {
  const path = 'jsonpath={.items[*].metadata.name}';
  return (await scene.namespace.kubectl(['get', 'pods', '-l', 'app=catalogue', '-o', path])).split(' ').toSorted();
}
