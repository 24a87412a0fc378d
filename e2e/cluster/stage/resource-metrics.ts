// SPDX-License-Identifier: Apache-2.0
import { createTestAuthority } from '@weir/testing';
import { afterAll, beforeAll } from 'vitest';
import { listOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { isRolledOut } from './rollout.ts';
import { endOfProgram, kubectl } from './run-program.ts';
import { OURS_OF_CLUSTER, openNamespace } from './test-namespace.ts';
import { ensureWeir } from './weir-release.ts';
import { podSpec, programContainer } from './workload.ts';

const NAME = 'e2e-metrics';
const API_SERVICE = 'v1beta1.metrics.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

/** Before the tests of a file: Weir, and metrics by which autoscalers scale; the metrics go after them. */
export function needsResourceMetrics(): void {
  let metrics: AsyncDisposable;
  beforeAll(async () => {
    await ensureWeir();
    metrics = await openResourceMetrics();
  });
  afterAll(async () => {
    await metrics[Symbol.asyncDispose]();
  });
}

/** Resource metrics of pods for autoscalers: those that the cluster has, else of what its kubelets have measured, until it is disposed of. */
async function openResourceMetrics(): Promise<AsyncDisposable> {
  const { code } = await endOfProgram(['kubectl', 'get', 'apiservice', API_SERVICE]);
  if (code === 0) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  await using closing = new AsyncDisposableStack();
  closing.defer(() => remove('clusterrole,clusterrolebinding', NAME));
  const authority = await createTestAuthority();
  const { certificatePem, keyPem } = await authority.issue(`${NAME}.${NAME}.svc`);
  const namespace = closing.use(await openNamespace(NAME, {}, { 'metrics.pem': `${certificatePem}\n${keyPem}` }));
  await kubectl(['apply', '--filename', '-'], listOf(rights()));
  await namespace.apply(...server());
  await isRolledOut(NAME, NAME);
  // Gone first: as long as an API has nobody behind it, no namespace comes to its end.
  closing.defer(() => remove('apiservice', API_SERVICE));
  await kubectl(['apply', '--filename', '-'], listOf([apiService()]));
  await kubectl(['wait', `apiservice/${API_SERVICE}`, '--for=condition=Available', '--timeout=60s']);
  return closing.move();
}

async function remove(kinds: string, name: string): Promise<void> {
  await kubectl(['delete', kinds, name, '--ignore-not-found']);
}

function server(): readonly Manifest[] {
  const labels = { app: NAME };
  const container = {
    ...programContainer('metrics.mjs', {}),
    ports: [{ name: 'https', containerPort: 8443 }],
    readinessProbe: { tcpSocket: { port: 'https' }, periodSeconds: 1 },
  };
  const template = { metadata: { labels }, spec: podSpec(container) };
  const ports = [{ name: 'https', port: 443, targetPort: 'https' }];
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME },
      spec: { selector: { matchLabels: labels }, template },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: NAME }, spec: { selector: labels, ports } },
  ];
}

function apiService(): Manifest {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: API_SERVICE, labels: OURS_OF_CLUSTER },
    spec: {
      ...{ group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
      ...{ service: { namespace: NAME, name: NAME, port: 443 }, insecureSkipTLSVerify: true },
    },
  };
}

function rights(): readonly Manifest[] {
  const metadata = { name: NAME, labels: OURS_OF_CLUSTER };
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] },
  ];
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: NAME }];
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: NAME };
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata, subjects, roleRef },
  ];
}
