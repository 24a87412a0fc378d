// SPDX-License-Identifier: Apache-2.0
import { lastIndex, type Look } from './look.ts';
import type { Traffic } from '../plan/rollout-plan.ts';
import type { RolloutState, SplitInForce } from '../state/rollout-state.ts';

interface NewStep {
  readonly index: number;
  readonly words: string;
  readonly traffic: Traffic;
  readonly isStableForgotten?: boolean;
  /** What is in force gets a new id even if it says the same, so that fuses that have blown do not hold any more. */
  readonly isForced?: boolean;
}

/**
 * Begins a step: what is in force changes with it, and it has to arrive. A step that changes nothing has arrived where the one before it
 * had, so its time begins at once.
 */
export function takeStep(look: Look, { index, words, traffic, isStableForgotten, isForced }: NewStep): RolloutState {
  const { state, nowMs } = look;
  const { stable, candidate } = state;
  if (stable === undefined || candidate === undefined) return state;
  const sequence = state.sequence + 1;
  const id = `${sequence}-${nowMs.toString(36)}`;
  const wanted: SplitInForce = { step: id, stable, candidate, ...traffic, ...(isStableForgotten && { isStableForgotten }) };
  const isSame = !isForced && saysTheSame(state.split, wanted);
  const hadArrived = state.step?.arrivedAtMs !== undefined;
  const arrivedAtMs = isSame && hadArrived ? nowMs : undefined;
  return {
    ...state,
    sequence,
    split: isSame ? state.split : wanted,
    step: { id, index, of: lastIndex(look), words, requestedAtMs: nowMs, arrivedAtMs },
    proxies: isSame ? state.proxies : undefined,
    progress: { fromMs: nowMs },
    gates: undefined,
  };
}

function saysTheSame(held: SplitInForce | undefined, wanted: SplitInForce): boolean {
  return held !== undefined && contentOf(held) === contentOf(wanted);
}

function contentOf({ stable, candidate, candidateShare, mirrorShare, matches, isStableForgotten }: SplitInForce): string {
  return JSON.stringify([stable, candidate, candidateShare, mirrorShare, matches ?? [], isStableForgotten ?? false]);
}
