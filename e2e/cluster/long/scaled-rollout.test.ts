// SPDX-License-Identifier: Apache-2.0
import { expect, it, vi } from 'vitest';
import { openScaledScene } from '../rollouts/stage/scaled-scene.ts';
import { hasReplicas } from '../stage/autoscaler.ts';
import { tellReport } from '../stage/cluster-load.ts';
import { needsResourceMetrics } from '../stage/resource-metrics.ts';
import { isRolledOut } from '../stage/rollout.ts';

/** So long an autoscaler looks back before it makes less, unless it is told otherwise; and some more. */
const SHRINKS_SECONDS = 480;
vi.setConfig({ testTimeout: 900_000, hookTimeout: 180_000 });

needsResourceMetrics();

it('an autoscaler that counts the idle Pods of stable alone makes less of both while the new revision has all requests; none fails', async () => {
  await using scaled = await openScaledScene('e2e-shrunk-rollout', 3);
  const { scene, catalogue } = scaled;
  await using rollout = await scene.begin({ strategy: { blueGreen: {} }, rollbackWindow: '1h' });
  await using load = await scene.load();
  await hasReplicas(catalogue, 3);
  await scaled.offer('v2');
  await rollout.comes('to wait for a person', ({ phase, waitingFor }) => phase === 'Progressing' && waitingFor === 'Person');
  expect(await rollout.ask('promote')).toMatchObject({ code: 0 });
  await rollout.inPhase('Keeping');
  await load.settlesAt('v2');

  const words = ['wait', 'deployment/catalogue', `--timeout=${SHRINKS_SECONDS}s`];
  await scene.namespace.kubectl([...words, '--for=jsonpath={.spec.replicas}=2']);
  await scene.namespace.kubectl([...words, '--for=jsonpath={.status.replicas}=4']);
  const { conditions } = await rollout.inPhase('Keeping');
  console.info(JSON.stringify(conditions));
  expect(await rollout.ask('promote', '--full')).toMatchObject({ code: 0 });
  await rollout.inPhase('Stable');
  await isRolledOut('catalogue', scene.namespace.name);
  // Now they count, and are many again.
  await hasReplicas(catalogue, 3);
  await load.settlesAt('v2');
  const { edge, mesh } = load.whole;
  tellReport('a Deployment that was scaled down while its new revision had all requests, from outside', edge);
  tellReport('and in the mesh', mesh);
  expect([...edge.examples, ...mesh.examples]).toEqual([]);
});
