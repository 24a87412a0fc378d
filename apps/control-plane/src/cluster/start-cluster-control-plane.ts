// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from 'node:net';
import { systemClock } from '@weir/base';
import { API_TOKEN_FILES } from '../api/api-place.ts';
import { limitRefusals } from '../limit-refusals.ts';
import type { RunningControlPlane } from '../running-control-plane.ts';
import { serveControlPlane } from '../serve-control-plane.ts';
import type { ClusterStartOptions } from '../start-options.ts';
import { clusterAccessFrom } from './cluster-access.ts';
import { ClusterLead } from './cluster-lead.ts';
import { openClusterParts, STATE_SECRET } from './cluster-parts.ts';
import { controlPlaneGauges } from './control-plane-gauges.ts';
import { createFromCluster } from './create-from-cluster.ts';
import { attemptDuty } from './duty.ts';
import { openHealthServer } from './health-server.ts';
import type { HealthView } from './health-server.ts';
import { openWebhook } from './open-webhook.ts';
import { renderMetrics } from './render-metrics.ts';
import { createCaBundleDuty } from './webhook/ca-bundle-duty.ts';

/** Who leads tries again. */
const FIRST_ATTEMPT_MS = 5_000;

/**
 * Starts a replica on the cluster that the kubeconfig, or the service account of the Pod, leads to; resolves when proxies can connect:
 * once all kinds were read, and API servers believe its webhooks. An API server that is away is waited for. Throws StartError where a port
 * cannot be had, IdentityError where what is stored cannot be used.
 */
export async function startClusterControlPlane(given: ClusterStartOptions): Promise<RunningControlPlane> {
  const options = { ...given, onEvent: limitRefusals(given.onEvent, systemClock) };
  await using closing = new AsyncDisposableStack();
  let health: HealthView = { obstacle: () => 'the cluster is being read', metrics: () => '' };
  closing.use(await openHealthServer(options.health, { obstacle: () => health.obstacle(), metrics: () => health.metrics() }));
  const parts = openClusterParts(options);
  const { connection, secrets, random } = parts;
  closing.defer(() => connection.close());
  const { controlPlane, startProblems } = await createFromCluster(parts);
  closing.defer(() => controlPlane.close());
  const webhook = await openWebhook(parts, controlPlane);
  closing.defer(() => webhook.stop());
  const served = closing.use(
    await serveControlPlane(controlPlane, {
      ...{ options, secrets, random, onRenewed: () => undefined },
      widenAccess: tokens => clusterAccessFrom(parts, tokens),
    }),
  );
  await attemptDuty(createCaBundleDuty({ ...parts, webhook }), AbortSignal.timeout(FIRST_ATTEMPT_MS), parts.onNote);
  const lead = new ClusterLead({ ...parts, controlPlane, webhook });
  lead.start();
  closing.defer(() => lead.stop());
  const metrics = (): string => renderMetrics(controlPlaneGauges(controlPlane, lead.isLeading));
  health = { metrics, obstacle: () => undefined };
  const running = closing.move();
  return {
    ...{ controlPlane, startProblems },
    listen: { address: options.listen.address, port: served.port },
    apiUrl: `${served.api.scheme}://${hostOf(served.api.at.address)}:${served.api.at.port}`,
    tokenPlace: `Secret ${options.namespace}/${STATE_SECRET}, key ${API_TOKEN_FILES.operator}`,
    stop: () => {
      health = { metrics, obstacle: () => 'stopping' };
      return running.disposeAsync();
    },
  };
}

function hostOf(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
