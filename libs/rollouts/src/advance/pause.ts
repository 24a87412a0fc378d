// SPDX-License-Identifier: Apache-2.0
import type { Look, Turned } from './look.ts';
import { newsOf } from './rollout-news.ts';
import type { Phase } from '../state/phase.ts';
import type { PausedState, RolloutState } from '../state/rollout-state.ts';

/** In these nothing goes on by itself that could be paused. */
const UNPAUSABLE: ReadonlySet<Phase> = new Set<Phase>(['Stable', 'Aborted']);

/** Takes note of `spec.paused`, and forgets pauses of rollouts that have ended. */
export function noteWrittenPause(look: Look): Turned {
  const { state, facts, nowMs } = look;
  const { paused } = state;
  if (UNPAUSABLE.has(state.phase)) return { state: paused === undefined ? state : { ...state, paused: undefined }, news: [] };
  if (facts.plan.isPaused === (paused !== undefined)) return { state, news: [] };
  if (facts.plan.isPaused) {
    const by = 'spec.paused';
    const news = [newsOf(look, 'Paused', { words: 'Paused by spec.paused: what is in force holds.', by: 'documents' })];
    return { state: withPause(state, { by, atMs: nowMs, isWritten: true }), news };
  }
  if (paused?.isWritten !== true) return { state, news: [] };
  return {
    state: { ...state, paused: undefined },
    news: [newsOf(look, 'Resumed', { words: 'spec.paused is gone.', by: 'documents' })],
  };
}

/** A pause also holds up what was promoted before it. */
export function withPause(state: RolloutState, paused: PausedState): RolloutState {
  return { ...state, paused, isFull: undefined, step: state.step && { ...state.step, isEnded: undefined } };
}
