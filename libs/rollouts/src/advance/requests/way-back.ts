// SPDX-License-Identifier: Apache-2.0
import type { Look } from '../look.ts';
import type { RolloutRequest } from '../rollout-facts.ts';
import type { Verb } from '../../state/rollout-state.ts';
import { REQUEST_RULES } from './request-rules.ts';

/** Of a Deployment whose rollout is over: what to do in place of `abort` and `undo`; undefined = the rule says all there is to say. */
export function refusedWayBack({ state, facts }: Look, { verb }: RolloutRequest): string | undefined {
  const isOver = state.phase === 'Stable' || state.phase === 'Retiring';
  if (facts.waysBack === undefined || !isOver || (verb !== 'abort' && verb !== 'undo')) return undefined;
  const former = state.phase === 'Retiring' ? state.stable : state.completed?.former;
  if (former === undefined) return undefined;
  const words = state.phase === 'Retiring' ? 'The former revision has been taken away.' : 'No rollout is under way.';
  const command = facts.waysBack[former];
  const way = command === undefined ? `${former} has no ReplicaSet any more: write its template anew` : `To go back: ${command}`;
  return `${words} ${way} (that is a rollout of its own)`;
}

/** Requests go back at once, and Pods when the Deployment has its former template: what to do for that. */
export function answerOfWayBack({ state, facts }: Look, verb: Verb): { readonly answer?: string } {
  const command = state.stable === undefined ? undefined : facts.waysBack?.[state.stable];
  if (command === undefined) return {};
  const { words } = REQUEST_RULES[verb][state.phase];
  return { answer: `${words} The Pods of the new revision go when the Deployment has its former template: ${command}` };
}
