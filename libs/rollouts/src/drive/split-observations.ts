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

/** Who has the split in force, as far as somebody else knows. */
export interface Expected {
  /** How many have taken it. They are counted when it arrives: some may be gone since then. */
  readonly acked: number;
  /** Those of them that can be named and are connected, once all others have had the time to tell; undefined = not yet. */
  readonly named: readonly string[] | undefined;
}

/** Who has not come back after so long does not come back: longer than proxies wait between two tries. */
const AWAY_MS = 20_000;

/** What proxies say of the splits that they were given: counts since a step began, and how each stands now. */
export class SplitObservations {
  private readonly watched = new Map<string, Watched>();
  /** By Rollout and proxy, as each said last: who looks at one Rollout of hundreds reads what is about that. */
  private readonly states = new Map<string, Map<string, readonly SplitState[]>>();
  /** What each proxy told of. */
  private readonly tellers = new Map<string, ReadonlySet<string>>();
  /** Monotonic times at which proxies were first found not to be connected. */
  private readonly away = new Map<string, number>();

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
    this.tellers.clear();
    this.away.clear();
  }

  forgetRollout(key: string): void {
    this.watched.delete(key);
  }

  report(proxy: string, side: Side, { counts, states }: SplitReport): void {
    this.forgetStates(proxy);
    this.away.delete(proxy);
    const told = Map.groupBy(states, ({ rollout }) => rollout);
    for (const [key, own] of told) {
      const all = this.states.get(key) ?? new Map<string, readonly SplitState[]>();
      this.states.set(key, all.set(proxy, own));
    }
    this.tellers.set(proxy, new Set(told.keys()));
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

  /** A proxy is not connected, and may be on its way to somebody else: what it had in flight counts until it can be gone for good. */
  noteAway(proxy: string, nowMs: number): void {
    const sinceMs = this.away.get(proxy) ?? nowMs;
    this.away.set(proxy, sinceMs);
    if (nowMs - sinceMs < AWAY_MS) return;
    this.forgetStates(proxy);
    this.away.delete(proxy);
  }

  /** A proxy is connected after all, and has not told anything yet. */
  noteBack(proxy: string): void {
    this.away.delete(proxy);
  }

  get proxies(): Iterable<string> {
    return this.tellers.keys();
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

  /** Known once everybody who has the split has told of this step, and nobody's last word is of another one. */
  inFlight(key: string, step: string, { acked, named }: Expected): InFlightFact {
    let [stable, candidate, isLate] = [0, 0, false];
    const told = new Set<string>();
    for (const [proxy, states] of this.states.get(key) ?? []) {
      const own = states.filter(one => one.step === step);
      if (own.length > 0) told.add(proxy);
      else isLate = true;
      for (const one of own) {
        stable += one.stableInFlight;
        candidate += one.candidateInFlight;
      }
    }
    const haveAllTold = told.size >= acked || named?.every(proxy => told.has(proxy)) === true;
    return { step, stable, candidate, isKnown: !isLate && haveAllTold };
  }

  /** The first fuse that blew in a step, and where. */
  blown(key: string, step: string): BlownFact | undefined {
    for (const [proxy, states] of this.states.get(key) ?? []) {
      const words = states.find(one => one.step === step && one.blown !== undefined)?.blown;
      if (words !== undefined) return { step, words: `${words}, at ${proxy}` };
    }
    return undefined;
  }

  private forgetStates(proxy: string): void {
    for (const key of this.tellers.get(proxy) ?? []) {
      const told = this.states.get(key);
      told?.delete(proxy);
      if (told?.size === 0) this.states.delete(key);
    }
    this.tellers.delete(proxy);
  }
}

function newTallies(): Tallies {
  return { stable: new RevisionTally(), candidate: new RevisionTally() };
}
