// SPDX-License-Identifier: Apache-2.0
import { describe } from './describe.ts';
import { lookAt, type Look, type Turned } from './look.ts';
import { note } from './note.ts';
import { answerRequest } from './requests/answer-request.ts';
import type { RolloutFacts } from './rollout-facts.ts';
import { newsOf, type RolloutNews } from './rollout-news.ts';
import { heldReason } from './turns/abort-turns.ts';
import { DOCUMENT_TURNS } from './turns/document-turns.ts';
import { TRANSITIONS } from './turns/transitions.ts';
import type { Transition } from './turns/transition.ts';
import type { WaitingFor } from '../state/phase.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { conditionsOf } from '../state/state-condition.ts';

/** What is to be written, and what is to be told once it is. */
export interface Advance {
  readonly state: RolloutState;
  readonly news: readonly RolloutNews[];
}

/** More turns than a plan has steps never follow from the same facts. */
const MAX_TURNS = 200;

/** Told when it begins to be waited for: somebody should know. */
const TOLD: ReadonlySet<WaitingFor> = new Set<WaitingFor>([
  'AbsentProxies',
  'Capacity',
  'Gate',
  'Person',
  'StableEndpoints',
  'Traffic',
]);

/**
 * What becomes of a Rollout, given what is known now. It computes and does nothing else: the state has to be written before any of it
 * takes effect, and may be handed to another leader as it is. The same facts again change nothing.
 */
export function advance(state: RolloutState, facts: RolloutFacts): Advance {
  const answered = answerRequest(lookAt(state, facts));
  let turned: Turned = answered;
  for (let turns = 0; turns < MAX_TURNS; turns++) {
    const next = turn(lookAt(turned.state, facts));
    if (next === undefined) break;
    turned = { state: next.state, news: [...turned.news, ...next.news] };
  }
  return settle(lookAt(turned.state, facts), { was: state, news: turned.news });
}

/** One turn, with what is noted before it; undefined = nothing is due, and nothing is new. */
function turn(look: Look): Turned | undefined {
  const noted = note(look);
  const seen = lookAt(noted.state, look.facts);
  const due = dueTransition(seen);
  if (due === undefined) return noted.state === look.state ? undefined : noted;
  const { state, news } = due.take(seen);
  return { state: state.phase === due.to ? state : { ...state, phase: due.to }, news: [...noted.news, ...news] };
}

/** What should be aborted and cannot be does not go on either. */
function dueTransition(look: Look): Transition | undefined {
  const ways = heldReason(look) === undefined ? TRANSITIONS : DOCUMENT_TURNS;
  return ways.find(way => way.from.includes(look.state.phase) && way.isDue(look));
}

function settle(look: Look, { was, news }: { readonly was: RolloutState; readonly news: readonly RolloutNews[] }): Advance {
  const { waitingFor, words } = describe(look);
  const state = { ...look.state, waitingFor, message: words };
  const settled = { ...state, conditions: conditionsOf(state, look.nowMs) };
  const isNew = waitingFor !== was.waitingFor || state.step?.id !== was.step?.id;
  return {
    state: settled,
    news: isNew && TOLD.has(waitingFor) ? [...news, newsOf({ ...look, state: settled }, 'Waiting', { words })] : news,
  };
}
