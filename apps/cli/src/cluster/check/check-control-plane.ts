// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import type { ControlPlanePod } from '../control-plane-pods.ts';
import { error, listed, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** Leases are renewed every few seconds; clocks of machines with NTP differ by far less. */
const MAX_SKEW_MS = 5_000;
const LEASE = z.object({
  spec: z.object({
    holderIdentity: z.string().nullish(),
    renewTime: z.string().nullish(),
    leaseDurationSeconds: z.number().nullish(),
  }),
});

/** Whether all replicas run, and the same version. */
export function checkReplicas(pods: readonly ControlPlanePod[], namespace: string): readonly Finding[] {
  if (pods.length === 0) {
    const advice = `kubectl -n ${namespace} scale deployment/weir-control-plane --replicas=2, or describe it, which says why it has none`;
    return [error('control-plane', { message: 'the control plane has no pods', hint: advice })];
  }
  const unready = pods.filter(({ isReady }) => !isReady);
  const names = listed(unready.map(({ name, state }) => `${name} (${state})`));
  const hint = `kubectl -n ${namespace} describe pods; kubectl -n ${namespace} logs deployment/weir-control-plane`;
  const images = [...new Set(pods.map(({ image }) => image))];
  const versions =
    images.length > 1
      ? warning('versions', {
          message: `replicas are of several versions: ${listed(images)}`,
          hint: 'wait for the end of the upgrade',
        })
      : ok('versions', `the control plane is ${images.join('')}`);
  if (unready.length === pods.length) {
    return [error('control-plane', { message: `no replica is ready: ${names}`, hint }), versions];
  }
  if (unready.length > 0) return [warning('control-plane', { message: `replicas are not ready: ${names}`, hint }), versions];
  return [ok('control-plane', `${pods.length} of ${pods.length} replicas of the control plane are ready`), versions];
}

/** Whether somebody leads, and the clocks of those who take part agree. */
export async function checkLease(
  cluster: Pick<ClusterReads, 'read' | 'wallMs'>,
  { namespace, nowMs }: { readonly namespace: string; readonly nowMs: () => number },
): Promise<readonly Finding[]> {
  const beforeMs = nowMs();
  const serverMs = await cluster.wallMs();
  const hereMs = (beforeMs + nowMs()) / 2;
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/weir-control-plane`;
  const found = LEASE.safeParse(await cluster.read(path));
  const lease = found.success ? found.data.spec : undefined;
  const renewedMs = Date.parse(lease?.renewTime ?? '');
  return [...leaderFindings(lease, (serverMs ?? hereMs) - renewedMs), clockFinding({ hereMs, serverMs, renewedMs })];
}

function leaderFindings(lease: z.infer<typeof LEASE>['spec'] | undefined, ageMs: number): readonly Finding[] {
  const holder = lease?.holderIdentity ?? '';
  const durationMs = (lease?.leaseDurationSeconds ?? 15) * 1000;
  const hint = 'statuses and Gateways are not written until one leads: see the logs of the control plane';
  if (holder === '') return [error('leader', { message: 'no replica leads', hint })];
  if (!(ageMs <= durationMs + MAX_SKEW_MS)) {
    return [error('leader', { message: `${holder} leads, and has not said so for ${Math.round(ageMs / 1000)} s`, hint })];
  }
  return [ok('leader', `${holder} leads`)];
}

interface Clocks {
  readonly hereMs: number;
  /** Undefined = it does not say. */
  readonly serverMs: number | undefined;
  /** By the clock of the leader; NaN = it does not say. */
  readonly renewedMs: number;
}

function clockFinding({ hereMs, serverMs, renewedMs }: Clocks): Finding {
  if (serverMs === undefined) return warning('clocks', { message: 'the API server does not say what time it is', hint: '' });
  const hint = 'certificates are good from one time to another: let all machines follow NTP';
  const seconds = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s`;
  const fromHereMs = serverMs - hereMs;
  if (Math.abs(fromHereMs) > MAX_SKEW_MS) {
    const message = `the clock here is ${seconds(fromHereMs)} ${fromHereMs > 0 ? 'behind' : 'ahead of'} the API server’s`;
    return warning('clocks', { message, hint });
  }
  if (renewedMs - serverMs > MAX_SKEW_MS) {
    const message = `the clock of the control plane’s node is ${seconds(renewedMs - serverMs)} ahead of the API server’s`;
    return error('clocks', { message, hint });
  }
  return ok('clocks', 'the clocks here, of the API server and of the control plane agree');
}
