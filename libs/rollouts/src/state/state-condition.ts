// SPDX-License-Identifier: Apache-2.0
import type { Phase, WaitingFor } from './phase.ts';
import type { RolloutState } from './rollout-state.ts';

/** Of those conditions that are a Rollout's own; others stand beside them. */
export const CONDITION_TYPES = ['Progressing', 'Paused', 'Stalled'] as const;

/** As a condition of Kubernetes, from which tools of delivery tell whether something goes on, or needs somebody. */
export interface StateCondition {
  readonly type: (typeof CONDITION_TYPES)[number];
  readonly status: 'False' | 'True';
  readonly reason: string;
  /** When it last went from one status to the other. */
  readonly sinceMs: number;
}

const RESTING: ReadonlySet<Phase> = new Set<Phase>(['Stable', 'Aborted']);

/** What does not pass by itself: somebody or something outside has to act. */
const STALLING: ReadonlySet<WaitingFor> = new Set<WaitingFor>([
  'AbsentProxies',
  'Capacity',
  'Decision',
  'Person',
  'StableEndpoints',
]);

/** Conditions of a state; `sinceMs` is kept where the status is what it was. */
export function conditionsOf(state: RolloutState, nowMs: number): readonly StateCondition[] {
  const isStalled = state.phase === 'Aborted' || STALLING.has(state.waitingFor);
  const held = [
    { type: 'Progressing', is: !RESTING.has(state.phase), reason: state.phase },
    { type: 'Paused', is: state.paused !== undefined, reason: pauseReason(state) },
    { type: 'Stalled', is: isStalled, reason: state.phase === 'Aborted' ? 'Aborted' : state.waitingFor },
  ] as const;
  return held.map(({ type, is, reason }) => {
    const status = is ? 'True' : 'False';
    const former = state.conditions.find(condition => condition.type === type);
    return { type, status, reason, sinceMs: former?.status === status ? former.sinceMs : nowMs };
  });
}

function pauseReason({ paused }: RolloutState): string {
  if (paused === undefined) return 'NotPaused';
  return paused.isWritten ? 'Written' : 'Requested';
}
