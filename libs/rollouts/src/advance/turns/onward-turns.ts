// SPDX-License-Identifier: Apache-2.0
import { arrivalStanding } from '../arrival.ts';
import { entryStanding } from '../entry.ts';
import { lastIndex, type Look, type Standing, type Turned } from '../look.ts';
import { nextIndex, presentTraffic, takeNextStep } from '../next-step.ts';
import { drainingStanding, keepingStanding } from '../phases/keeping.ts';
import { preparingStanding } from '../phases/preparing.ts';
import { progressingStanding } from '../phases/progressing.ts';
import { retiringStanding } from '../phases/retiring.ts';
import { newsOf, type NewsType, type RolloutNews } from '../rollout-news.ts';
import { takeStep } from '../take-step.ts';
import type { Phase } from '../../state/phase.ts';
import { drain } from './document-turns.ts';
import type { Transition } from './transition.ts';

const STANDINGS: Readonly<Partial<Record<Phase, (look: Look) => Standing>>> = {
  Preparing: preparingStanding,
  Progressing: progressingStanding,
  Promoting: arrivalStanding,
  Keeping: keepingStanding,
  Draining: drainingStanding,
  Retiring: retiringStanding,
  Aborting: arrivalStanding,
};

/** Whether what a phase itself is for is done; of phases that rest it never is asked. */
export function phaseStanding(look: Look): Standing {
  return STANDINGS[look.state.phase]?.(look) ?? 'over';
}

/** Whether the present phase or step may be left: it is over, and where a step comes next, that may begin. */
export function leaveStanding(look: Look): Standing {
  const standing = phaseStanding(look);
  return standing === 'over' && isBeforeStep(look) ? entryStanding(look) : standing;
}

/** A step comes next, in front of which gates may be. */
export function isBeforeStep({ state }: Look): boolean {
  return state.phase === 'Preparing' || state.phase === 'Progressing';
}

/** Nothing goes on by itself: it is paused, and nobody has promoted what is under way. */
export function isHeld({ state }: Look): boolean {
  if (state.paused === undefined || state.phase === 'Aborting' || state.phase === 'Retiring') return false;
  return state.step?.isEnded !== true && state.isFull !== true;
}

/** What goes on by itself. */
export const ONWARD_TURNS: readonly Transition[] = [
  {
    from: ['Preparing'],
    to: 'Progressing',
    when: 'the endpoints of the new revision are ready, every proxy knows them, and the gates before Start and before the step agree',
    effect: 'as the first step says',
    isDue: look => nextIndex(look) < lastIndex(look) && mayLeave(look),
    take: look => stepInto(look, 'Progressing'),
  },
  {
    from: ['Progressing'],
    to: 'Progressing',
    when: 'the step has arrived, and its time, its analysis or promote has ended it; the gates before the next one agree',
    effect: 'as the next step says',
    isDue: look => nextIndex(look) < lastIndex(look) && mayLeave(look),
    take: look => stepInto(look, 'Progressing'),
  },
  {
    from: ['Preparing', 'Progressing'],
    to: 'Promoting',
    when: 'the same, and no step is left or somebody promoted to all requests; the gates before Promotion agree',
    effect: '100 %',
    isDue: look => nextIndex(look) === lastIndex(look) && mayLeave(look),
    take: look => stepInto(look, 'Promoting'),
  },
  {
    from: ['Promoting'],
    to: 'Keeping',
    when: 'every proxy has it',
    effect: '100 %; the former revision is kept',
    isDue: mayLeave,
    take: keep,
  },
  {
    from: ['Keeping'],
    to: 'Draining',
    when: 'rollbackWindow is over, or somebody promotes',
    effect: 'as before',
    isDue: mayLeave,
    take: drain,
  },
  {
    from: ['Draining'],
    to: 'Retiring',
    when: 'every proxy has 100 % and has told that no request to the former revision is left, and the new one has endpoints, or somebody promotes to all requests',
    effect: '100 %; proxies do not know the former revision any more',
    isDue: mayLeave,
    take: look => ({ state: takeStep({ ...look, state: { ...look.state, phase: 'Retiring' } }, forgetting(look)), news: [] }),
  },
  {
    from: ['Retiring'],
    to: 'Stable',
    when: 'every proxy has it; of a Deployment, its Pods are all of the new revision, or another one is offered',
    effect: 'as before; the new revision is stable',
    isDue: mayLeave,
    take: complete,
  },
  {
    from: ['Aborting'],
    to: 'Aborted',
    when: 'every proxy has 0 %',
    effect: '0 %',
    isDue: mayLeave,
    take: rest,
  },
];

function mayLeave(look: Look): boolean {
  return !isHeld(look) && leaveStanding(look) === 'over';
}

function stepInto(look: Look, phase: Phase): Turned {
  const planned = { ...look, state: { ...look.state, phase, plan: look.facts.plan.fingerprint } };
  const state = takeNextStep(planned);
  const { step } = state;
  const words = `Step ${step?.index ?? 0} of ${step?.of ?? 0}: ${step?.words ?? ''}.`;
  return { state, news: [newsOf({ ...look, state }, 'StepRequested', { words })] };
}

function keep(look: Look): Turned {
  const { state } = look;
  const step = state.step && { ...state.step, isEnded: undefined };
  return {
    state: { ...state, phase: 'Keeping', isFull: undefined, step },
    news: [told(look, 'Promoted', `${state.candidate ?? ''} has all requests.`)],
  };
}

function rest(look: Look): Turned {
  const { state } = look;
  const words = `${state.stable ?? ''} has all requests again.`;
  return { state: { ...state, phase: 'Aborted', progress: undefined }, news: [told(look, 'RolledBack', words)] };
}

function forgetting(look: Look): Parameters<typeof takeStep>[1] {
  const words = 'taking the former revision away';
  return { index: lastIndex(look), words, traffic: presentTraffic(look.state), isStableForgotten: true };
}

function complete(look: Look): Turned {
  const { state, nowMs } = look;
  const { stable: former = '', candidate: revision = '' } = state;
  const gone = {
    candidate: undefined,
    step: undefined,
    progress: undefined,
    proxies: undefined,
    openGates: undefined,
    plan: undefined,
  };
  const completed = { revision, former, atMs: nowMs };
  const news = [told(look, 'Completed', `${revision} is stable; ${former} is gone.`)];
  return { state: { ...state, ...gone, phase: 'Stable', stable: revision, completed }, news };
}

function told(look: Look, type: NewsType, words: string): RolloutNews {
  return newsOf(look, type, { words });
}
