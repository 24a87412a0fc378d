// SPDX-License-Identifier: Apache-2.0
import type { RolloutFacts } from './rollout-facts.ts';
import type { PlanStep } from '../plan/rollout-plan.ts';
import type { WaitingFor } from '../state/phase.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import type { RolloutNews } from './rollout-news.ts';

/** A state beside the facts of one moment. */
export interface Look {
  readonly state: RolloutState;
  readonly facts: RolloutFacts;
  /** The clock of the facts, or the latest time that the state knows where that is later. */
  readonly nowMs: number;
}

/** What a turn makes of a look. */
export interface Turned {
  readonly state: RolloutState;
  readonly news: readonly RolloutNews[];
}

/** Where a look stands: its phase is over, or what it waits for. */
export type Standing = 'over' | { readonly waitingFor: WaitingFor; readonly words: string };

export function waits(waitingFor: WaitingFor, words: string): Standing {
  return { waitingFor, words };
}

/** A look with the clock of `facts`, which never goes back behind what the state knows. */
export function lookAt(state: RolloutState, facts: RolloutFacts): Look {
  const { step, progress, paused, aborted, completed } = state;
  const known = [step?.requestedAtMs, step?.arrivedAtMs, progress?.fromMs, progress?.haltedAtMs, paused?.atMs];
  return { state, facts, nowMs: Math.max(facts.nowMs, ...[...known, aborted?.atMs, completed?.atMs].map(atMs => atMs ?? 0)) };
}

/** The step of the plan that is being taken; undefined before the first one and from promoting on. */
export function presentStep({ state, facts }: Look): PlanStep | undefined {
  const { step } = state;
  return step === undefined || step.index === 0 ? undefined : facts.plan.steps[step.index - 1];
}

/** Index of the step in which all requests go to the new revision. */
export function lastIndex({ facts }: Pick<Look, 'facts'>): number {
  return facts.plan.steps.length + 1;
}

/** What is in force gives the candidate requests, or copies of requests. */
export function hasTraffic({ split }: RolloutState): boolean {
  return split !== undefined && (split.candidateShare > 0 || split.mirrorShare > 0 || split.matches !== undefined);
}
