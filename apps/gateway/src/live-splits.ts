// SPDX-License-Identifier: Apache-2.0
import type { Compilation } from '@weir/policy/compile';
import type { Rejection } from '@weir/proxy';

/** Steps by Rollout, `namespace/name`. */
type Steps = ReadonlyMap<string, string>;

/** How far a gateway is with what divides the calls of a Service. */
export interface SplitArrival {
  readonly step: string;
  /** All workers have it. */
  readonly isTaken: boolean;
  /** Why some could not take it. */
  readonly refusal: string | undefined;
}

const NONE: Steps = new Map();

/** Which split of each Rollout documents came to last, and which one all workers have. */
export class LiveSplits {
  private wanted: Steps = NONE;
  private taken: Steps = NONE;
  private refusals: Steps = NONE;

  /** Notes what documents came to. Call what it returns when the workers have that, with what they could not take. */
  compiled({ rollouts, snapshot: { resources } }: Compilation): (rejections: readonly Rejection[]) => void {
    const steps = stepsOf(rollouts);
    this.wanted = steps;
    return rejections => {
      this.taken = steps;
      this.refusals = new Map(rejections.flatMap(({ resource, reason }) => refusalOf(resources.get(resource), reason)));
    };
  }

  /** Undefined = documents divide nothing by this Rollout. */
  arrivalOf(rollout: string): SplitArrival | undefined {
    const step = this.wanted.get(rollout);
    if (step === undefined) return undefined;
    return { step, isTaken: this.taken.get(rollout) === step, refusal: this.refusals.get(rollout) };
  }
}

function stepsOf(rollouts: Compilation['rollouts']): Steps {
  if (rollouts.size === 0) return NONE;
  return new Map(
    [...rollouts].flatMap(([key, { document }]) => {
      const step = document.status?.split?.step;
      return step === undefined ? [] : [[key, step] as const];
    }),
  );
}

type Refused = ReturnType<Compilation['snapshot']['resources']['get']>;

function refusalOf(resource: Refused, reason: string): readonly (readonly [string, string])[] {
  return resource?.kind === 'backend' && resource.split !== undefined ? [[resource.split.rollout, reason]] : [];
}
