// SPDX-License-Identifier: Apache-2.0
import { lastIndex, type Look } from './look.ts';
import { takeStep } from './take-step.ts';
import { NO_TRAFFIC, type Traffic } from '../plan/rollout-plan.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { WHOLE_SHARE } from '@weir/policy/snapshot';

/** Index of the step that comes after the present one; whoever promoted to all requests passes over what is between. */
export function nextIndex(look: Look): number {
  const { step, isFull } = look.state;
  return isFull === true ? lastIndex(look) : Math.min((step?.index ?? 0) + 1, lastIndex(look));
}

/** What the candidate gets in a step, by its index. */
export function trafficOf(look: Look, index: number): Traffic {
  return look.facts.plan.steps[index - 1]?.traffic ?? { ...NO_TRAFFIC, candidateShare: WHOLE_SHARE };
}

/** What the candidate gets now. */
export function presentTraffic({ split }: RolloutState): Traffic {
  if (split === undefined) return NO_TRAFFIC;
  const { candidateShare, mirrorShare, matches } = split;
  return { candidateShare, mirrorShare, ...(matches && { matches }) };
}

/** Begins the step after the present one. */
export function takeNextStep(look: Look): RolloutState {
  const index = nextIndex(look);
  const words = look.facts.plan.steps[index - 1]?.words ?? 'all requests';
  return takeStep(look, { index, words, traffic: trafficOf(look, index) });
}
