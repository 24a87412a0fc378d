// SPDX-License-Identifier: Apache-2.0
import type { Compilation } from '@weir/policy/compile';
import type { Rejection } from '@weir/proxy';

/** By Rollout, `namespace/name`. */
type Steps = ReadonlyMap<string, WantedStep>;

interface WantedStep {
  readonly step: string;
  /** Some backend of the gateway is divided by it. */
  readonly isUsed: boolean;
}

/** How far a gateway is with what divides the calls of a Service. */
export interface SplitArrival {
  readonly step: string;
  /** Routes lead to what it divides, or did so a moment ago: else workers have nothing of it, and nothing to tell. */
  readonly isUsed: boolean;
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
  private refusals: ReadonlyMap<string, string> = new Map<string, string>();

  /** Notes what documents came to. Call what it returns when the workers have that, with what they could not take. */
  compiled({ rollouts, snapshot: { resources } }: Compilation): (rejections: readonly Rejection[]) => void {
    const steps = stepsOf(rollouts, resources);
    this.wanted = steps;
    return rejections => {
      this.taken = steps;
      this.refusals = new Map(rejections.flatMap(({ resource, reason }) => refusalOf(resources.get(resource), reason)));
    };
  }

  /** Undefined = documents divide nothing by this Rollout. */
  arrivalOf(rollout: string): SplitArrival | undefined {
    const wanted = this.wanted.get(rollout);
    if (wanted === undefined) return undefined;
    const taken = this.taken.get(rollout);
    const isUsed = wanted.isUsed || taken?.isUsed === true;
    return { step: wanted.step, isUsed, isTaken: taken?.step === wanted.step, refusal: this.refusals.get(rollout) };
  }
}

type Resources = Compilation['snapshot']['resources'];

function stepsOf(rollouts: Compilation['rollouts'], resources: Resources): Steps {
  if (rollouts.size === 0) return NONE;
  const used = new Set<string>();
  for (const resource of resources.values()) {
    if (resource.kind === 'backend' && resource.split !== undefined) used.add(resource.split.rollout);
  }
  return new Map(
    [...rollouts].flatMap(([key, { document }]) => {
      const step = document.status?.split?.step;
      return step === undefined ? [] : [[key, { step, isUsed: used.has(key) }] as const];
    }),
  );
}

type Refused = ReturnType<Resources['get']>;

function refusalOf(resource: Refused, reason: string): readonly (readonly [string, string])[] {
  return resource?.kind === 'backend' && resource.split !== undefined ? [[resource.split.rollout, reason]] : [];
}
