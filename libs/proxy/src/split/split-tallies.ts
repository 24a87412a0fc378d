// SPDX-License-Identifier: Apache-2.0
import type { RevisionCounts, SplitReport, SplitState } from '@weir/policy/snapshot';
import type { Fuse } from '@weir/resilience';
import { AttemptTally } from './attempt-tally.ts';
import type { TallyPlace } from './attempt-tally.ts';

/** A split that is in force. */
export interface SplitInForce {
  readonly rollout: string;
  readonly step: string;
  /** `namespace/service:port`. */
  readonly backend: string;
  readonly stable: string;
  readonly candidate: string;
  readonly blown: string | undefined;
}

/** What a worker has counted of the revisions of all splits; what a former step has in flight is counted to its end. */
export class SplitTallies {
  private readonly tallies = new Map<string, AttemptTally>();
  /** As they were told last, by Rollout and backend. */
  private told = new Map<string, SplitInForce>();

  /** The one for a place; ways to call a port that differ in policies or protocol share it. `fuse`: told from now on. */
  at(place: TallyPlace, fuse: Fuse | undefined): AttemptTally {
    const { rollout, step, backend, route, revision } = place;
    const key = [rollout, step, backend, route, revision].join('\n');
    const tally = this.tallies.get(key) ?? new AttemptTally(place);
    tally.fuse = fuse;
    this.tallies.set(key, tally);
    return tally;
  }

  /**
   * What was counted since the last time, and how it stands. A split that is gone is told of as it was until nothing of it is in flight any more;
   * undefined where there is none, and then what is left is forgotten.
   */
  take(splits: readonly SplitInForce[]): SplitReport | undefined {
    const counts: RevisionCounts[] = [];
    const steps = new Set(splits.map(stepKey));
    for (const [key, tally] of this.tallies) {
      const taken = tally.take();
      if (taken !== undefined) counts.push(taken);
      if (tally.inFlight === 0 && !steps.has(stepKey(tally.place))) this.tallies.delete(key);
    }
    const all = [...splits, ...this.leftOf(splits)];
    this.told = new Map(all.map(split => [placeKey(split), split]));
    if (all.length === 0) return undefined;
    const states = new Map(all.map(split => [stepKey(split), this.stateOf(split)]));
    return { counts, states: [...states.values()] };
  }

  /** Splits that are gone and have requests in flight: nobody is to take those revisions away yet. */
  private leftOf(splits: readonly SplitInForce[]): readonly SplitInForce[] {
    const present = new Set(splits.map(placeKey));
    return [...this.told].flatMap(([key, split]) => {
      const { stableInFlight, candidateInFlight } = this.stateOf(split);
      return present.has(key) || stableInFlight + candidateInFlight === 0 ? [] : split;
    });
  }

  private stateOf({ rollout, step, backend, stable, candidate, blown }: SplitInForce): SplitState {
    const inFlightOf = (revision: string): number => {
      let sum = 0;
      for (const { place, inFlight } of this.tallies.values()) {
        if (place.backend === backend && place.revision === revision) sum += inFlight;
      }
      return sum;
    };
    const [stableInFlight, candidateInFlight] = [inFlightOf(stable), inFlightOf(candidate)];
    return { rollout, step, backend, stableInFlight, candidateInFlight, blown };
  }
}

function stepKey({ rollout, step, backend }: Pick<SplitInForce, 'backend' | 'rollout' | 'step'>): string {
  return `${rollout}\n${step}\n${backend}`;
}

function placeKey({ rollout, backend }: Pick<SplitInForce, 'backend' | 'rollout'>): string {
  return `${rollout}\n${backend}`;
}
