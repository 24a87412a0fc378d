// SPDX-License-Identifier: Apache-2.0
import type { Look, Turned } from '../look.ts';
import { newsOf } from '../rollout-news.ts';
import type { RolloutRequest } from '../rollout-facts.ts';
import { withPause } from '../pause.ts';
import { abort } from '../turns/abort.ts';
import { begin } from '../turns/begin.ts';
import type { RolloutState, Verb } from '../../state/rollout-state.ts';
import { REQUEST_RULES } from './request-rules.ts';
import { answerOfWayBack, refusedWayBack } from './way-back.ts';

interface Done extends Turned {
  /** In place of what the rule says. */
  readonly answer?: string;
}

/** What a verb makes of a look; words alone = it is refused after all, and why. */
type Act = (look: Look, request: RolloutRequest) => Done | string;

const ACTS: Readonly<Record<Verb, Act>> = { abort: goBack, undo: goBack, promote, pause, resume, retry };

/** Does what somebody asked for, or says why not. A request that was answered is not looked at again. */
export function answerRequest(look: Look): Turned {
  const { state, facts } = look;
  const { request } = facts;
  if (request === undefined || state.lastRequest?.id === request.id) return { state, news: [] };
  const rule = REQUEST_RULES[request.verb][state.phase];
  const done = rule.isAccepted ? ACTS[request.verb](look, request) : (refusedWayBack(look, request) ?? rule.words);
  if (typeof done === 'string') return refuse(look, request, done);
  const words = done.answer ?? rule.words;
  return { state: answered(done.state, request, { isAccepted: true, words }), news: done.news };
}

function refuse(look: Look, request: RolloutRequest, words: string): Turned {
  const state = answered(look.state, request, { isAccepted: false, words });
  return { state, news: [newsOf(look, 'RequestRefused', { words: `${request.verb}: ${words}`, by: request.by })] };
}

function answered(
  state: RolloutState,
  { id, verb, by, atMs }: RolloutRequest,
  { isAccepted, words }: { readonly isAccepted: boolean; readonly words: string },
): RolloutState {
  return { ...state, lastRequest: { id, verb, by, atMs, isAccepted, answer: words } };
}

function goBack(look: Look, { verb, by }: RolloutRequest): Done {
  const { phase } = look.state;
  const answer = answerOfWayBack(look, verb);
  if (phase === 'Aborting' || phase === 'Aborted') return { state: look.state, news: [], ...answer };
  return { ...abort(look, { reason: `${by} asked for it (${verb}).`, by }), ...answer };
}

function promote(look: Look, { by, isFull }: RolloutRequest): Done | string {
  const { state } = look;
  const { step } = state;
  if (isFull === true) return promoteFully(look, by);
  const refusal = whyNotPromoted(look);
  if (refusal !== undefined) return refusal;
  const words = `Step ${step?.index ?? 0} (${step?.words ?? ''}) was ended.`;
  return { state: { ...state, step: step && { ...step, isEnded: true } }, news: [newsOf(look, 'StepEnded', { words, by })] };
}

function whyNotPromoted({ state }: Look): string | undefined {
  const { phase, step, gates, message } = state;
  if (phase === 'Draining') {
    return 'The former revision may still have requests. Promote to all requests to take it away all the same.';
  }
  if (gates !== undefined && gates.waiting.length > 0) {
    return `Gates are asked (${gates.waiting.join(', ')}); take them out of the document to go on without them.`;
  }
  const isWaitingForNobody = phase === 'Preparing' && state.paused === undefined;
  return isWaitingForNobody || step?.isEnded === true ? `Nothing is in the way that could be passed over. ${message}` : undefined;
}

/** Past all that is left; in phases that have all requests, past what is left of the phase. */
function promoteFully(look: Look, by: string): Done {
  const { state } = look;
  const step = state.step && { ...state.step, isEnded: true };
  const isPromoted = state.phase === 'Keeping' || state.phase === 'Draining';
  const news = [newsOf(look, 'StepEnded', { words: 'Promoted to all requests.', by })];
  if (isPromoted) return { state: { ...state, step }, news };
  const answer = 'All requests go to the new revision as soon as it is ready, every proxy has what is in force, and gates agree.';
  return { state: { ...state, step, isFull: true }, news, answer };
}

function pause(look: Look, { by }: RolloutRequest): Done | string {
  const { state, nowMs } = look;
  if (state.paused !== undefined && !state.paused.isWritten) return `It is paused already, by ${state.paused.by}.`;
  const words = 'Paused: what is in force holds.';
  return { state: withPause(state, { by, atMs: nowMs, isWritten: false }), news: [newsOf(look, 'Paused', { words, by })] };
}

function resume(look: Look, { by }: RolloutRequest): Done | string {
  const { state, facts } = look;
  if (state.paused === undefined) return 'It is not paused.';
  if (state.paused.isWritten) return 'The document says spec.paused: true; take that out.';
  const answer = facts.plan.isPaused ? { answer: 'The document says spec.paused: true, which still holds; take that out.' } : {};
  return { state: { ...state, paused: undefined }, news: [newsOf(look, 'Resumed', { words: 'Resumed.', by })], ...answer };
}

function retry(look: Look): Done | string {
  const { state, facts } = look;
  if (facts.offered !== undefined && facts.offered !== state.candidate) return 'Another revision is offered by now.';
  return begin(look, state.candidate ?? '');
}
