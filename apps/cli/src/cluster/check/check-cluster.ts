// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { ApiResources } from '@weir/control-plane';
import type { ClusterReads } from '../cluster-reads.ts';
import { listControlPlanePods } from '../control-plane-pods.ts';
import { checkBefore, checkInstallRights, checkOwnKinds } from './check-before.ts';
import { checkLease, checkReleases, checkReplicas } from './check-control-plane.ts';
import { checkRollouts } from './check-rollouts.ts';
import { checkScaledGateways } from './check-scaled-gateways.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { checkGateways, checkSidecars } from './check-workloads.ts';
import { error, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** What the control plane itself says. */
export interface ControlPlaneWords {
  readonly identity: ApiResources['identity'];
  readonly proxies: readonly string[];
  readonly errorCount: number;
}

export interface ClusterCheck {
  readonly cluster: ClusterReads;
  /** Of the control plane. */
  readonly namespace: string;
  readonly nowMs: () => number;
  /** Asks the control plane; rejects where it cannot be asked. */
  readonly ask: () => Promise<ControlPlaneWords>;
}

/** Roots are renewed by a rotation, which somebody has to begin. */
const SOON_MS = 30 * 24 * 3_600_000;

/** All that can be told of a cluster: whether Weir may be installed, or, once it is, whether it works. Rejects where the cluster cannot be asked. */
export async function checkCluster({ cluster, namespace, nowMs, ask }: ClusterCheck): Promise<readonly Finding[]> {
  const before = await checkBefore(cluster);
  const pods = await listControlPlanePods(cluster, namespace);
  if (pods.length === 0 && (await cluster.read(deploymentOf(namespace))) === undefined) {
    const hint = `helm install weir charts/weir -n ${namespace} --create-namespace`;
    const absent = warning('control-plane', { message: `Weir is not installed in namespace ${namespace}`, hint });
    return [...before, await checkInstallRights(cluster, namespace), absent];
  }
  const [words, spoken] = await askControlPlane(ask, nowMs());
  return [
    ...before,
    await checkOwnKinds(cluster),
    ...checkReplicas(pods, namespace),
    ...(await checkReleases(cluster, namespace)),
    ...(await checkLease(cluster, { namespace, nowMs })),
    ...(await checkWebhooks(cluster)),
    ...spoken,
    await checkGateways(cluster),
    ...(await checkScaledGateways(cluster)),
    ...(await checkRollouts(cluster)),
    ...(await checkSidecars(cluster, { proxies: words?.proxies, image: pods[0]?.image })),
  ];
}

function deploymentOf(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/weir-control-plane`;
}

async function askControlPlane(
  ask: ClusterCheck['ask'],
  nowMs: number,
): Promise<readonly [ControlPlaneWords | undefined, readonly Finding[]]> {
  try {
    const words = await ask();
    return [words, [ok('api', `its API answers; ${words.proxies.length} proxies are connected`), ...wordsFindings(words, nowMs)]];
  } catch (reason) {
    const message = `its API cannot be asked: ${reasonWords(reason)}`;
    return [undefined, [error('api', { message, hint: 'docs/troubleshooting.md says what each of these means' })]];
  }
}

function wordsFindings({ identity, errorCount }: ControlPlaneWords, nowMs: number): readonly Finding[] {
  const { issuer, roots, warnings } = identity;
  const ends = [issuer, ...roots.filter(({ isIssuing }) => isIssuing)].map(({ notAfter }) => notAfter);
  const [soonest = ''] = ends.toSorted((left, right) => Date.parse(left) - Date.parse(right));
  const hint = 'weir identity rotate --cluster';
  const isSoon = !(Date.parse(soonest) - nowMs > SOON_MS);
  const certificates = isSoon
    ? warning('certificates', { message: `the authority of the mesh is good until ${soonest}`, hint })
    : ok('certificates', `the authority of the mesh is good until ${soonest}`);
  const documents =
    errorCount === 0
      ? ok('documents', 'no object has an error')
      : warning('documents', {
          message: `objects have ${errorCount} errors`,
          hint: 'their statuses say which; weir status --cluster lists them',
        });
  return [certificates, ...warnings.map(message => warning('authority', { message, hint })), documents];
}
