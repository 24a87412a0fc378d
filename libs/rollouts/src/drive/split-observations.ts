// SPDX-License-Identifier: Apache-2.0
import type { RevisionCounts, SplitReport, SplitState } from '@weir/policy/snapshot';
import type { BlownFact, InFlightFact } from '../advance/rollout-facts.ts';
import { RevisionTally } from '../analysis/revision-tally.ts';

/** Where a proxy stands: in front of everything, or beside a workload. */
export type Side = 'edge' | 'mesh';

export const SIDES: readonly Side[] = ['edge', 'mesh'];

/** What is watched of a Rollout now. */
export interface WatchedStep {
  /** What is counted is counted from here: another one begins anew. */
  readonly step: string;
  /** Of the split in force; reports of others are of the past. */
  readonly splitStep: string;
  readonly stable: string;
  readonly candidate: string;
}

/** Both revisions, over the same time. */
export interface Tallies {
  readonly stable: RevisionTally;
  readonly candidate: RevisionTally;
}

interface Watched {
  readonly watch: WatchedStep;
  readonly sides: Readonly<Record<Side, Tallies>>;
}

/** What proxies say of the splits that they were given: counts since a step began, and how each stands now. */
export class SplitObservations {
  private readonly watched = new Map<string, Watched>();
  /** By proxy; of each split as it said last. */
  private readonly states = new Map<string, readonly SplitState[]>();

  /** Counts for a step from now on, unless that is what is counted already. `key`: `namespace/name`. */
  watch(key: string, watch: WatchedStep): void {
    const known = this.watched.get(key)?.watch;
    if (known?.step === watch.step && known.splitStep === watch.splitStep) return;
    this.watched.set(key, { watch, sides: { edge: newTallies(), mesh: newTallies() } });
  }

  /** Nobody counts any more. */
  clear(): void {
    this.watched.clear();
    this.states.clear();
  }

  forgetRollout(key: string): void {
    this.watched.delete(key);
  }

  report(proxy: string, side: Side, { counts, states }: SplitReport): void {
    this.states.set(proxy, states);
    this.count(side, counts);
  }

  count(side: Side, counts: readonly RevisionCounts[]): void {
    for (const one of counts) {
      const watched = this.watched.get(one.rollout);
      if (watched?.watch.splitStep !== one.step) continue;
      const { stable, candidate } = watched.sides[side];
      if (one.revision === watched.watch.candidate) candidate.add(one);
      else if (one.revision === watched.watch.stable) stable.add(one);
    }
  }

  /** A proxy is not connected any more: what it had in flight ends with it, or with its stream. */
  forgetProxy(proxy: string): void {
    this.states.delete(proxy);
  }

  get proxies(): Iterable<string> {
    return this.states.keys();
  }

  /** At all sides together; undefined = nothing is watched. */
  tallies(key: string): Tallies | undefined {
    const watched = this.watched.get(key);
    if (watched === undefined) return undefined;
    const sum = newTallies();
    for (const side of SIDES) {
      sum.stable.addAll(watched.sides[side].stable);
      sum.candidate.addAll(watched.sides[side].candidate);
    }
    return sum;
  }

  talliesOf(key: string, side: Side): Tallies | undefined {
    return this.watched.get(key)?.sides[side];
  }

  /** `expected`: proxies that have the split. */
  inFlight(key: string, step: string, expected: number): InFlightFact {
    let [stable, candidate, told] = [0, 0, 0];
    for (const states of this.states.values()) {
      const own = states.filter(one => one.rollout === key && one.step === step);
      if (own.length > 0) told++;
      for (const one of own) {
        stable += one.stableInFlight;
        candidate += one.candidateInFlight;
      }
    }
    return { step, stable, candidate, isKnown: told >= expected };
  }

  /** The first fuse that blew in a step, and where. */
  blown(key: string, step: string): BlownFact | undefined {
    for (const [proxy, states] of this.states) {
      const words = states.find(one => one.rollout === key && one.step === step && one.blown !== undefined)?.blown;
      if (words !== undefined) return { step, words: `${words}, at ${proxy}` };
    }
    return undefined;
  }
}

function newTallies(): Tallies {
  return { stable: new RevisionTally(), candidate: new RevisionTally() };
}
