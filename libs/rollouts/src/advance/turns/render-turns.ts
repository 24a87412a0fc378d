// SPDX-License-Identifier: Apache-2.0
import { PHASES, type Phase } from '../../state/phase.ts';
import type { Verb } from '../../state/rollout-state.ts';
import { REQUEST_RULES } from '../requests/request-rules.ts';
import { renderTable } from './render-table.ts';
import { TRANSITIONS } from './transitions.ts';

/** Phases and what they mean, for people (Markdown). */
export function renderPhases(): string {
  return renderTable(['phase', 'what it means'], Object.entries(PHASES));
}

/** The table that the machine goes by, in the order in which it looks (Markdown). */
export function renderTransitions(): string {
  const rows = TRANSITIONS.map(({ from, to, when, effect }) => [from.join(', '), to, when, effect]);
  return renderTable(['from', 'to', 'when', 'share of the new revision'], rows);
}

/** What each request does in each phase (Markdown); of verbs that do the same the first one stands for all. */
export function renderRequests(): string {
  const verbs: readonly Verb[] = ['promote', 'pause', 'resume', 'abort', 'retry'];
  const rows = verbs.flatMap(verb => Object.keys(PHASES).map(phase => [verb, phase, ...ruleCells(verb, phase as Phase)]));
  return renderTable(['request', 'in phase', 'taken', 'answer'], rows);
}

function ruleCells(verb: Verb, phase: Phase): readonly string[] {
  const { isAccepted, words } = REQUEST_RULES[verb][phase];
  return [isAccepted ? 'yes' : 'no', words];
}
