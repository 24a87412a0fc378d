// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';

/**
 * Deployments whose new Pods may have to be held back, `namespace/name`: all that Rollouts name. Neither what a cluster needs to run nor the
 * control plane (`own`: its namespace) may wait for the answer of the control plane.
 */
export function heldDeployments(rollouts: ReadonlyMap<string, ResolvedRollout>, own: string): ReadonlySet<string> {
  const names = [...rollouts.values()].flatMap(({ document: { namespace, spec } }) => {
    const { deployment } = spec.revisions;
    return deployment === undefined || namespace === 'kube-system' || namespace === own ? [] : `${namespace}/${deployment.name}`;
  });
  return new Set(names);
}
