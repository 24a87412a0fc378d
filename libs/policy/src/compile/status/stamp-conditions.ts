// SPDX-License-Identifier: Apache-2.0
import type {
  Finding,
  GatewayClassFindings,
  GatewayFindings,
  ListenerFindings,
  ListenerSetFindings,
  MeshFindings,
  PolicyFindings,
  RolloutFindings,
  RouteFindings,
  TlsPolicyFindings,
} from '../../resolve/index.ts';
import type { Condition } from './status.ts';

export type Findings =
  | GatewayClassFindings
  | GatewayFindings
  | ListenerFindings
  | ListenerSetFindings
  | MeshFindings
  | PolicyFindings
  | RolloutFindings
  | RouteFindings
  | TlsPolicyFindings;

export interface Stamp {
  readonly generation: number;
  readonly nowMs: number;
}

/**
 * Findings as conditions, in the order of their types. A condition whose status is what it was keeps the time of its last
 * transition, so that an object without news has a status without news.
 */
export function stampConditions(
  findings: Findings,
  before: readonly Condition[] | undefined,
  stamp: Stamp,
): readonly Condition[] {
  const entries = Object.entries<Finding<string> | undefined>({ ...findings });
  return entries.flatMap(([type, finding]) => {
    if (finding === undefined) return [];
    const previous = before?.find(condition => condition.type === type);
    const isTransition = previous?.status !== finding.status;
    return {
      type,
      ...finding,
      observedGeneration: stamp.generation,
      lastTransitionTime: isTransition ? timestampFromMs(stamp.nowMs) : previous.lastTransitionTime,
    };
  });
}

/** Kubernetes writes whole seconds. */
function timestampFromMs(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
