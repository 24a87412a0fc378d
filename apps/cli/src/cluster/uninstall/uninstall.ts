// SPDX-License-Identifier: Apache-2.0
import { GATEWAY_OBJECTS_SELECTOR, MANAGED_BY_LABEL, MANAGED_BY_WEIR, ROOTS_CONFIG_MAP } from '@weir/kubernetes';
import { z } from 'zod';
import { CommandFailure, EXIT } from '../../exit-code.ts';
import type { ClusterReads } from '../cluster-reads.ts';
import { hasControlPlanePod } from '../control-plane-pods.ts';
import { endRollouts } from './end-rollouts.ts';
import { findInjectedPods } from './injected-workloads.ts';
import type { Workload } from './injected-workloads.ts';
import { POLICY_GROUP } from './uninstall-plan.ts';
import type { UninstallPlan } from './uninstall-plan.ts';

export interface Uninstall {
  readonly cluster: ClusterReads;
  /** Of the control plane. */
  readonly namespace: string;
  readonly plan: UninstallPlan;
  /** Begins to look whether every proxy has what the control plane has read, of a later version than at the first look. */
  readonly startFollowing: () => () => Promise<boolean>;
  /** RFC 3339. */
  readonly now: () => string;
  /** Resolves once it holds; rejects with CommandFailure after the time that the command was given. */
  readonly waitFor: (what: string, holds: () => Promise<boolean>) => Promise<void>;
  /** Told what is done. */
  readonly tell: (text: string) => void;
}

const LIST = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })).default([]),
});
/** What the control plane makes, where nobody makes it again once that is gone: for Gateways, and whom to believe. */
const MADE = [
  ...[
    '/apis/autoscaling/v2/horizontalpodautoscalers',
    '/apis/policy/v1/poddisruptionbudgets',
    '/apis/apps/v1/deployments',
    '/api/v1/services',
    '/api/v1/serviceaccounts',
  ].map(collection => ({ collection, query: { labelSelector: GATEWAY_OBJECTS_SELECTOR } })),
  {
    collection: '/api/v1/configmaps',
    query: { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY_WEIR}`, fieldSelector: `metadata.name=${ROOTS_CONFIG_MAP}` },
  },
];

/** Takes Weir out of a cluster's traffic, so that its release can go. Throws CommandFailure, and as the client does; it can be begun again. */
export async function takeOut(uninstall: Uninstall): Promise<void> {
  await endRollouts(uninstall);
  await admitPlaintext(uninstall);
  await stopInjecting(uninstall);
  await restartWorkloads(uninstall);
  await stopControlPlane(uninstall);
  await removeMade(uninstall);
}

/** Callers without sidecar are admitted before there are any. */
async function admitPlaintext({ cluster, plan, startFollowing, waitFor, tell }: Uninstall): Promise<void> {
  if (plan.strict.length === 0) return;
  const isFollowed = startFollowing();
  await isFollowed();
  for (const policy of plan.strict) {
    const [namespace = '', name = ''] = policy.split('/');
    const path = `${POLICY_GROUP}/namespaces/${namespace}/accesspolicies/${name}`;
    await cluster.send('PATCH', path, { spec: { mutualTls: { mode: 'Permissive' } } });
  }
  await waitFor('all proxies to admit plaintext', isFollowed);
  tell(`${plan.strict.length} AccessPolicies are Permissive, and all proxies know it`);
}

async function stopInjecting({ cluster, tell }: Uninstall): Promise<void> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/weir-injection';
  if ((await cluster.read(path)) === undefined) return;
  await cluster.send('DELETE', path);
  tell('new pods get no sidecars');
}

async function restartWorkloads({ cluster, plan, now, waitFor, tell }: Uninstall): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': now() };
  for (const workload of plan.injected.workloads) {
    await cluster.send('PATCH', pathOf(workload), { spec: { template: { metadata: { annotations } } } });
  }
  await waitFor('pods with sidecars to be replaced', async () => (await findInjectedPods(cluster)).workloads.length === 0);
  if (plan.injected.workloads.length > 0) tell(`${plan.injected.workloads.length} workloads run without sidecars`);
  const { others } = await findInjectedPods(cluster);
  if (others.length === 0) return;
  throw new CommandFailure(
    EXIT.refused,
    `these pods have sidecars, and nothing makes them anew: ${others.join(', ')}; delete them or wait for their end, and begin again`,
  );
}

function pathOf({ kind, namespace, name }: Workload): string {
  return `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
}

/** It would make again what is removed. */
async function stopControlPlane({ cluster, namespace, waitFor, tell }: Uninstall): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/weir-control-plane`;
  if ((await cluster.read(path)) === undefined) return;
  await cluster.send('PATCH', path, { spec: { replicas: 0 } });
  await waitFor('the control plane to stop', async () => !(await hasControlPlanePod(cluster, namespace)));
  tell('the control plane has stopped');
}

async function removeMade({ cluster, tell }: Uninstall): Promise<void> {
  let count = 0;
  for (const { collection, query } of MADE) {
    const { items } = LIST.parse((await cluster.read(`${collection}?${new URLSearchParams(query).toString()}`)) ?? {});
    const [, root = '', plural = ''] = /^(.+)\/([a-z]+)$/.exec(collection) ?? [];
    for (const { metadata } of items) {
      await cluster.send('DELETE', `${root}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`);
    }
    count += items.length;
  }
  tell(`${count} objects that Weir made are removed`);
}
