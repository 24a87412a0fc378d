// SPDX-License-Identifier: Apache-2.0
import { fieldsOf } from '../status/plain-fields.ts';

/** How a Deployment replaces its Pods, in Pods. */
export interface RollingStrategy {
  readonly replicas: number;
  /** Pods that it may have above its replicas. */
  readonly maxSurge: number;
  /** Pods that it may lack. */
  readonly maxUnavailable: number;
  /** It ends all Pods before it makes new ones; the two numbers say nothing then. */
  readonly isRecreate: boolean;
}

/** What Kubernetes takes where nothing is written (apps/v1 RollingUpdateDeployment). */
const DEFAULT = '25%';

/** Of the spec of a Deployment; shares are rounded as Kubernetes does it: surge up, unavailable down, and not both to nothing. */
export function rollingStrategyOf(spec: unknown): RollingStrategy {
  const fields = fieldsOf(spec);
  const { type, rollingUpdate } = fieldsOf(fields['strategy']);
  const { maxSurge = DEFAULT, maxUnavailable = DEFAULT } = fieldsOf(rollingUpdate);
  const replicas = typeof fields['replicas'] === 'number' ? fields['replicas'] : 1;
  const surge = Math.ceil(podsOf(maxSurge, replicas));
  const unavailable = Math.floor(podsOf(maxUnavailable, replicas));
  return {
    ...{ replicas, maxSurge: surge, isRecreate: type === 'Recreate' },
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable,
  };
}

/** `25%` of so many, or a number of them. */
function podsOf(written: unknown, replicas: number): number {
  if (typeof written === 'number') return written;
  const percent = typeof written === 'string' ? /^(\d+)%$/v.exec(written)?.[1] : undefined;
  return percent === undefined ? 0 : (Number(percent) * replicas) / 100;
}
