// SPDX-License-Identifier: Apache-2.0
import { HOLD_CONFIGURATION } from '@weir/kubernetes';
import { hasHeldPods } from './found-rollouts.ts';
import type { Uninstall } from './uninstall.ts';
import { POLICY_GROUP } from './uninstall-plan.ts';

/** No pod is held back any more, and all pods of Services serve, also those that are made by the restarts that follow. */
export async function endRollouts(uninstall: Uninstall): Promise<void> {
  const { cluster, waitFor } = uninstall;
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${HOLD_CONFIGURATION}`;
  if ((await cluster.read(path)) !== undefined) await cluster.send('DELETE', path);
  await deleteRollouts(uninstall);
  await waitFor('pods that Rollouts held back to be let go', async () => !(await hasHeldPods(cluster)));
}

async function deleteRollouts({ cluster, plan, startFollowing, waitFor, tell }: Uninstall): Promise<void> {
  const ended = plan.rollouts.filter(({ deployment }) => deployment !== undefined);
  if (ended.length === 0) return;
  const isFollowed = startFollowing();
  await isFollowed();
  for (const { namespace, name } of ended) {
    const path = `${POLICY_GROUP}/namespaces/${namespace}/rollouts/${name}`;
    if ((await cluster.read(path)) !== undefined) await cluster.send('DELETE', path);
  }
  await waitFor('all proxies to send to all pods of Services with Rollouts', isFollowed);
  tell(`${ended.length} Rollouts of Deployments are deleted`);
}
