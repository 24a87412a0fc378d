// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ECHO_HOST } from '../stage/edge-documents.ts';
import { isRolledOut } from '../stage/rollout.ts';
import { ensureWeir } from '../stage/weir-release.ts';
import { failuresOf, percentOf } from './stage/both-loads.ts';
import type { BothLoads } from './stage/both-loads.ts';
import type { FollowedRollout } from './stage/followed-rollout.ts';
import { RolloutScene } from './stage/rollout-scene.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const NAME = 'e2e-canary';
const CANARY = { canary: { steps: [{ weight: 20 }, { pause: {} }, { weight: 60 }, { pause: {} }] } };
const PREVIEW = { headers: [{ name: 'X-Preview', values: ['yes'] }] };

let scene: RolloutScene;
let rollout: FollowedRollout;
let load: BothLoads;

beforeAll(async () => {
  await ensureWeir();
  scene = await RolloutScene.open(NAME);
  rollout = await scene.begin({
    strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }, { weight: 60 }, { pause: {} }] } },
  });
  load = await scene.load(8);
});

afterAll(async () => {
  await load[Symbol.asyncDispose]();
  await rollout[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

describe('a new template of a Deployment', () => {
  it('gets no request before its first step, and then its share, the same at the edge and in the mesh', async () => {
    await scene.offer({ REVISION: 'v2' });
    await rollout.comesTo(20);
    // Others than Weir do not see them.
    expect(await readyPods('v2')).toEqual([]);
    expect(await readyPods('v1')).toHaveLength(2);
    const seen = await load.more(10_000);
    expect(failuresOf(seen)).toEqual([]);
    const [edge, mesh] = [percentOf(seen.edge, 'v2'), percentOf(seen.mesh, 'v2')];
    console.info(`edge ${edge.toFixed(2)} % of ${seen.edge.total}, mesh ${mesh.toFixed(2)} % of ${seen.mesh.total}`);
    // Chance alone takes one of 100,000 further than this: 4.5 times 0.4 points.
    expect(Math.abs(edge - 20)).toBeLessThan(1.8);
    expect(Math.abs(mesh - 20)).toBeLessThan(1.8);
  });

  it('comes to all requests, and only then to the Deployment, of which nothing was written', async () => {
    const before = await deployment();
    const stable = await scene.namespace.kubectl(['get', 'rollout.weir.dev/catalogue', '-o', 'jsonpath={.status.stable}']);
    expect(await rollout.ask('promote')).toMatchObject({ code: 0 });
    await rollout.comesTo(60);
    expect(await rollout.ask('promote', '--full')).toMatchObject({ code: 0 });
    await rollout.isStableAfter(stable);
    await isRolledOut('catalogue', NAME);
    const after = await load.more(200);
    expect([Object.keys(after.edge.revisions), Object.keys(after.mesh.revisions)]).toEqual([['v2'], ['v2']]);
    const { edge, mesh } = load.whole;
    console.info(
      `canary of a Deployment: ${edge.failed} of ${edge.requests} failed at the edge, ${mesh.failed} of ${mesh.requests} in the mesh`,
    );
    expect([...edge.examples, ...mesh.examples]).toEqual([]);
    expect(await readyPods('v2')).toHaveLength(2);
    expect(await deployment()).toBe(before);
  });

  it('is told of by events', async () => {
    const words = ['get', 'events', '--field-selector', 'involvedObject.kind=Rollout', '-o', 'jsonpath={.items[*].reason}'];
    const reasons = new Set((await scene.namespace.kubectl(words)).split(' '));
    for (const reason of ['Started', 'StepApplied', 'Promoted', 'Completed']) expect(reasons).toContain(reason);
  });
});

describe('blue/green', () => {
  it('shows a new template to its preview alone, gives it all requests at once, and takes them back at once', async () => {
    await scene.write({ strategy: { blueGreen: { preview: [PREVIEW] } }, rollbackWindow: '1h' });
    load.take();
    await scene.offer({ REVISION: 'v3' });
    await rollout.comes('to wait for a person', ({ phase, waitingFor }) => phase === 'Progressing' && waitingFor === 'Person');
    const preview = { url: scene.edgeUrl, host: ECHO_HOST, headers: { 'x-preview': 'yes' }, status: 200 };
    expect(JSON.parse((await scene.edgeClient.ask(preview)).body)).toEqual({ revision: 'v3' });
    await load.settlesAt('v2');
    expect(await rollout.ask('promote')).toMatchObject({ code: 0 });
    await rollout.inPhase('Keeping');
    await load.settlesAt('v3');
    expect(await rollout.ask('undo')).toMatchObject({ code: 0 });
    expect(await rollout.isAborted()).toContain('asked for it');
    await load.settlesAt('v2');
  });

  it('leaves who served all along untouched by the template of before', async () => {
    const before = await podNames();
    await scene.offer({ REVISION: 'v2' });
    await rollout.inPhase('Stable');
    await isRolledOut('catalogue', NAME);
    const after = await podNames();
    expect(after.filter(name => before.includes(name))).toEqual(after);
    await load.settlesAt('v2');
    const { edge, mesh } = load.whole;
    console.info(
      `with blue/green and back: ${edge.failed} of ${edge.requests} failed at the edge, ${mesh.failed} of ${mesh.requests} in the mesh`,
    );
    expect([...edge.examples, ...mesh.examples]).toEqual([]);
  });
});

describe('a Rollout that is deleted under way', () => {
  it('leaves plain routing and a Deployment that goes on by itself, and no request fails', async () => {
    await scene.write({ strategy: CANARY });
    await scene.offer({ REVISION: 'v3' });
    await rollout.comesTo(20);
    load.take();
    await scene.namespace.kubectl(['delete', 'rollout.weir.dev/catalogue']);
    await isRolledOut('catalogue', NAME);
    const seen = load.take();
    expect(failuresOf(seen)).toEqual([]);
    const { edge, mesh } = await load.more(200);
    expect([Object.keys(edge.revisions), Object.keys(mesh.revisions)]).toEqual([['v3'], ['v3']]);
  });
});

async function podNames(): Promise<readonly string[]> {
  const path = 'jsonpath={.items[*].metadata.name}';
  return (await scene.namespace.kubectl(['get', 'pods', '-l', 'app=catalogue', '-o', path])).split(' ').toSorted();
}

/** What its user wrote of the Deployment, and how often. */
function deployment(): Promise<string> {
  return scene.namespace.kubectl(['get', 'deployment/catalogue', '-o', 'jsonpath={.metadata.generation} {.spec}']);
}

/** Names of the Pods of a revision that are ready to everybody. */
async function readyPods(revision: string): Promise<readonly string[]> {
  const pods = JSON.parse(await scene.namespace.kubectl(['get', 'pods', '-l', 'app=catalogue', '-o', 'json'])) as PodList;
  return pods.items
    .filter(({ spec }) => spec.containers.some(({ env = [] }) => env.some(({ value }) => value === revision)))
    .filter(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
    .map(({ metadata }) => metadata.name);
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly containers: readonly { readonly env?: readonly { readonly value?: string }[] }[] };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}
