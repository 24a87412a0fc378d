// SPDX-License-Identifier: Apache-2.0
import { expect, it, vi } from 'vitest';
import { openScaledScene } from './rollouts/stage/scaled-scene.ts';
import { hasReplicas, SCALES_SECONDS } from './stage/autoscaler.ts';
import { startClient } from './stage/cluster-client.ts';
import { startClusterLoad, tellReport } from './stage/cluster-load.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from './stage/edge-documents.ts';
import type { Manifest } from './stage/manifest.ts';
import { needsResourceMetrics } from './stage/resource-metrics.ts';
import { isRolledOut } from './stage/rollout.ts';
import { openNamespace } from './stage/test-namespace.ts';
import { echoBackend } from './stage/workload.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 180_000 });

needsResourceMetrics();

/** So little is asked for that any load is much. */
function parameters(more: Readonly<Record<string, string>>): Manifest {
  const data = {
    ...{ 'service-type': 'ClusterIP', replicas: '1', 'min-replicas': '1', 'cpu-utilization': '50' },
    ...{ resources: '{ requests: { cpu: 20m, memory: 160Mi } }', ...more },
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'edge' }, data };
}

function scaledGateway(annotations: Readonly<Record<string, string>> = {}): Manifest {
  const { spec, ...gateway } = edgeGateway();
  const infrastructure = { annotations, parametersRef: { group: '', kind: 'ConfigMap', name: 'edge' } };
  return { ...gateway, spec: { ...(spec as object), infrastructure } };
}

it('a Gateway gets more pods as they have much to do, keeps them as it changes, and gets fewer: no request fails', async () => {
  await using namespace = await openNamespace('e2e-scaled-gateway');
  await namespace.apply(parameters({ 'max-replicas': '3' }), scaledGateway(), ...echoBackend('echo'), echoRoute());
  await namespace.hasCondition('gateway/edge', 'Programmed');
  const client = await startClient(namespace);
  const url = `http://${await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}')}/`;
  await client.ask({ url, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
  const edge = { namespace, name: 'edge-weir' };
  await using load = await startClusterLoad(namespace, { url, host: ECHO_HOST, concurrency: 4, pauseMs: 2 });

  await hasReplicas(edge, 3);
  await namespace.apply(scaledGateway({ 'example.org/edition': '2' }));
  await namespace.kubectl(['wait', 'deployment/edge-weir', `--for=jsonpath=${EDITION}=2`, '--timeout=30s']);
  await isRolledOut('edge-weir', namespace.name);
  await hasReplicas(edge, 3);
  await namespace.apply(parameters({ 'max-replicas': '2' }));
  await hasReplicas(edge, 2);
  await namespace.kubectl(['delete', 'configmap', 'edge']);
  await namespace.apply({ ...parameters({}), data: { 'service-type': 'ClusterIP', replicas: '1' } });
  await hasReplicas(edge, 1);
  expect(await namespace.kubectl(['get', 'horizontalpodautoscalers', '--output', 'name'])).toBe('');
  await load.goesOnFor(100);
  const report = await load.stop();
  tellReport('a Gateway with 1, 3, 2 and 1 pods', report);
  expect(report.examples).toEqual([]);
});

const EDITION = String.raw`{.spec.template.metadata.annotations.example\.org/edition}`;

it('a Deployment with sidecars gets more pods of both revisions in the middle of a rollout, and no request fails', async () => {
  await using scaled = await openScaledScene('e2e-scaled-rollout', 3);
  const { scene, catalogue } = scaled;
  await using rollout = await scene.begin({ strategy: { canary: { steps: [{ weight: 50 }, { pause: {} }] } } });
  await scaled.offer('v2');
  await rollout.comesTo(50);
  await using load = await scene.load();
  const words = ['wait', 'deployment/catalogue', '--for=jsonpath={.spec.replicas}=3', `--timeout=${SCALES_SECONDS}s`];
  await scene.namespace.kubectl(words);
  await scene.namespace.kubectl(['wait', 'deployment/catalogue', '--for=jsonpath={.status.replicas}=6', '--timeout=60s']);
  expect(await rollout.ask('promote', '--full')).toMatchObject({ code: 0 });
  await rollout.inPhase('Stable');
  await isRolledOut('catalogue', scene.namespace.name);
  await load.settlesAt('v2');
  await hasReplicas(catalogue, 3);
  const { edge, mesh } = load.whole;
  tellReport('a Deployment that was scaled in the middle of a rollout, from outside', edge);
  tellReport('and in the mesh', mesh);
  expect([...edge.examples, ...mesh.examples]).toEqual([]);
});
