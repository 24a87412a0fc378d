// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';

/** There is no Deployment of another name, and nobody's name may be in the way of all others'. */
const NAME = /^[a-z0-9.-]{1,253}$/;

/**
 * Deployments whose new Pods may have to be held back, `namespace/name`: all that Rollouts name. Neither what a cluster needs to run nor the
 * control plane (`own`: its namespace) may wait for the answer of the control plane.
 */
export function heldDeployments(rollouts: ReadonlyMap<string, ResolvedRollout>, own: string): ReadonlySet<string> {
  const names = [...rollouts.values()].flatMap(({ document: { namespace, spec } }) => {
    const name = spec.revisions.deployment?.name;
    if (name === undefined || !NAME.test(name) || namespace === 'kube-system' || namespace === own) return [];
    return `${namespace}/${name}`;
  });
  return new Set(names);
}
