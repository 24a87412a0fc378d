// SPDX-License-Identifier: Apache-2.0
import { newsOf } from '../rollout-news.ts';
import type { Look, Turned } from '../look.ts';
import { isEndedByOther, isOther, stableOf } from '../phases/resting.ts';
import { mayTakeAway } from '../readiness.ts';
import { abort } from './abort.ts';
import { begin } from './begin.ts';
import type { Transition } from './transition.ts';

const NONE = '0 % at once, also no copies and no matches';

/** What follows from documents, whoever has paused. */
export const DOCUMENT_TURNS: readonly Transition[] = [
  {
    from: ['Stable'],
    to: 'Preparing',
    when: 'another revision than stable is offered',
    effect: '0 %; proxies are told the endpoints of the new revision',
    isDue: look => stableOf(look) !== undefined && isOffered(look, offered => offered !== stableOf(look)),
    take: look => begin(look, look.facts.offered ?? ''),
  },
  {
    from: ['Aborted'],
    to: 'Stable',
    when: 'stable is offered again',
    effect: 'as before',
    isDue: isWithdrawn,
    take: ({ state }) => ({
      state: { ...state, phase: 'Stable', candidate: undefined, aborted: undefined, step: undefined, progress: undefined },
      news: [],
    }),
  },
  {
    from: ['Aborted'],
    to: 'Preparing',
    when: 'a third revision is offered',
    effect: '0 %; proxies are told the endpoints of the newest revision',
    isDue: isOther,
    take: look => begin(look, look.facts.offered ?? ''),
  },
  {
    from: ['Preparing', 'Progressing', 'Promoting', 'Keeping', 'Draining'],
    to: 'Aborting',
    when: 'stable is offered again',
    effect: NONE,
    isDue: isWithdrawn,
    take: look => abort(look, { reason: `${look.state.stable ?? ''} is offered again.`, by: 'documents' }),
  },
  {
    from: ['Preparing', 'Progressing', 'Promoting'],
    to: 'Aborting',
    when: 'a third revision is offered',
    effect: NONE,
    // Of a Deployment, Kubernetes ends the Pods of the new revision in any case.
    isDue: look => isOther(look) && (mayTakeAway(look) || look.facts.plan.form === 'deployment'),
    take: look => abort(look, { reason: `${look.facts.offered ?? ''} is offered instead.`, by: 'documents' }),
  },
  {
    from: ['Keeping', 'Draining', 'Retiring'],
    to: 'Aborting',
    when: 'of a Deployment another revision is offered before the gates are open, so that Kubernetes ends the Pods of the new one',
    effect: NONE,
    isDue: isEndedByOther,
    take: look => abort(look, { reason: `${look.facts.offered ?? ''} is offered instead.`, by: 'documents' }),
  },
  {
    from: ['Keeping'],
    to: 'Draining',
    when: 'a third revision is offered',
    effect: 'as before; the new revision becomes stable before the newest one begins',
    isDue: isOther,
    take: drain,
  },
  {
    from: ['Progressing'],
    to: 'Preparing',
    when: 'the steps of the document are others',
    effect: '0 %; the rollout begins anew with these steps',
    isDue: look => hasOtherSteps(look) && mayTakeAway(look),
    take: restart,
  },
];

/** What documents ask for, and would leave requests to nobody while stable has no endpoint; undefined = nothing. */
export function heldChange(look: Look): string | undefined {
  const { state, facts } = look;
  const hasThird =
    facts.plan.form === 'services' && (state.phase === 'Progressing' || state.phase === 'Promoting') && isOther(look);
  if (hasThird) return `${facts.offered ?? ''} is offered instead.`;
  return state.phase === 'Progressing' && hasOtherSteps(look)
    ? 'The steps of the document are others, and begin at 0 %.'
    : undefined;
}

function hasOtherSteps({ state, facts }: Look): boolean {
  return state.plan !== facts.plan.fingerprint;
}

/** From keeping to draining: nothing changes in what is in force. */
export function drain(look: Look): Turned {
  const { state } = look;
  return { state: { ...state, phase: 'Draining', step: state.step && { ...state.step, isEnded: undefined } }, news: [] };
}

function restart(look: Look): Turned {
  const words = 'The steps of the document are others: the rollout begins anew with these.';
  const begun = begin(look, look.state.candidate ?? '');
  return { state: begun.state, news: [newsOf(look, 'PlanChanged', { words, by: 'documents' }), ...begun.news] };
}

function isWithdrawn(look: Look): boolean {
  return isOffered(look, offered => offered === look.state.stable);
}

function isOffered({ facts: { offered } }: Look, holds: (offered: string) => boolean): boolean {
  return offered !== undefined && holds(offered);
}
