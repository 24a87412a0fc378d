// SPDX-License-Identifier: Apache-2.0
import type { Look, Turned } from '../look.ts';
import { newsOf } from '../rollout-news.ts';
import { takeStep } from '../take-step.ts';
import { NO_TRAFFIC } from '../../plan/rollout-plan.ts';

/** Takes all requests away from the candidate, in this very turn. */
export function abort(look: Look, { reason, by }: { readonly reason: string; readonly by: string }): Turned {
  const { state, nowMs } = look;
  const aborted = { revision: state.candidate ?? '', reason, by, atMs: nowMs };
  const going = { ...state, phase: 'Aborting', aborted, isFull: undefined } as const;
  const step = { index: 0, words: 'all requests back to stable', traffic: NO_TRAFFIC };
  const next = { ...look, state: takeStep({ ...look, state: going }, step) };
  const words = `All requests go back to ${state.stable ?? ''}: ${reason}`;
  return { state: next.state, news: [newsOf(next, 'Aborted', { words, by })] };
}
