// SPDX-License-Identifier: Apache-2.0
import type { Look, Turned } from '../look.ts';
import { newsOf } from '../rollout-news.ts';
import { takeStep } from '../take-step.ts';
import { stableOf } from '../phases/resting.ts';
import { NO_TRAFFIC } from '../../plan/rollout-plan.ts';

/** Begins a rollout of `candidate`: proxies are told its endpoints, and give it nothing. */
export function begin(look: Look, candidate: string): Turned {
  const { state, facts } = look;
  const cleared = { aborted: undefined, isFull: undefined, openGates: undefined };
  const fresh = {
    ...state,
    ...cleared,
    phase: 'Preparing',
    stable: stableOf(look),
    candidate,
    plan: facts.plan.fingerprint,
  } as const;
  const step = { index: 0, words: 'getting ready, without requests', traffic: NO_TRAFFIC, isForced: true };
  const next = { ...look, state: takeStep({ ...look, state: fresh }, step) };
  const words = `The rollout of ${candidate} begins; ${fresh.stable ?? ''} has all requests.`;
  return { state: next.state, news: [newsOf(next, 'Started', { words, by: 'documents' })] };
}
