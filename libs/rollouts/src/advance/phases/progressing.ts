// SPDX-License-Identifier: Apache-2.0
import type { Outcome } from '../../analysis/verdict.ts';
import { arrivalStanding } from '../arrival.ts';
import { presentStep, waits, type Look, type Standing } from '../look.ts';
import { momentOf } from '../time-words.ts';
import type { PlanStep, RolloutPlan } from '../../plan/rollout-plan.ts';

/** Over when the present step is: it has arrived, and its time, its analysis or a person have ended it. */
export function progressingStanding(look: Look): Standing {
  const arrival = arrivalStanding(look);
  const step = presentStep(look);
  const isEnded = look.state.step?.isEnded === true || look.state.isFull === true;
  if (arrival !== 'over' || isEnded || step === undefined) return arrival;
  return waitStanding(look, step);
}

/** Why the present step ends the rollout; undefined = it does not. */
export function endOfStep(look: Look): string | undefined {
  const step = presentStep(look);
  const { isEnded } = look.state.step ?? {};
  if (step === undefined || isEnded === true || look.state.isFull === true || !isTimeOver(look, step)) return undefined;
  if (step.wait.then === 'Abort') return `The time of the step (${step.words}) is over, and the document says to abort then.`;
  if (!isJudged(look, step) || followUp(look) !== 'Abort') return undefined;
  return outcomeOf(look) === 'undecided'
    ? 'The time of the step is over, the analysis is undecided, and onUndecided is Abort.'
    : 'The time of the step is over, there were too few requests for the analysis, and onNotEnoughTraffic is Abort.';
}

function waitStanding(look: Look, step: PlanStep): Standing {
  const { wait } = step;
  if (wait.until === 'arrival') return 'over';
  if (wait.until === 'person') return waits('Person', `${sentence(step.words)}: waits for promote or abort.`);
  if (wait.until === 'verdict') {
    if (!look.facts.plan.hasAnalysis) {
      return waits('Person', 'The step is an analysis, and the document has no conditions: write spec.analysis, or promote.');
    }
    if (outcomeOf(look) === 'pass') return 'over';
  }
  if (!isTimeOver(look, step)) {
    return waits('Time', `${sentence(step.words)}: until ${momentOf(arrivedAtMs(look) + wait.forMs)}${early(wait.until)}.`);
  }
  if (wait.then === 'Person') return waits('Person', `The time of the step (${step.words}) is over: waits for promote or abort.`);
  return isJudged(look, step) ? judgedStanding(look) : 'over';
}

/** The time is over: now the analysis says what follows. What aborts is found by `endOfStep`. */
function judgedStanding(look: Look): Standing {
  const outcome = outcomeOf(look);
  if (outcome === undefined) return waits('Decision', 'The time of the step is over: waits for a first look of the analysis.');
  if (outcome === 'pass' || followUp(look) === 'Continue') return 'over';
  return outcome === 'notEnoughTraffic'
    ? waits(
        'Traffic',
        'The time of the step is over, and there were too few requests: goes on measuring, until promote or abort.',
      )
    : waits(
        'Decision',
        'The time of the step is over, and the analysis is undecided: goes on measuring, until promote or abort.',
      );
}

function followUp(look: Look): RolloutPlan['onUndecided'] {
  const { plan } = look.facts;
  switch (outcomeOf(look)) {
    case 'undecided':
      return plan.onUndecided;
    case 'notEnoughTraffic':
      return plan.onNotEnoughTraffic;
    case 'pass':
    case 'fail':
    case undefined:
      return 'Wait';
  }
}

function outcomeOf({ state, facts: { verdict } }: Look): Outcome | undefined {
  return verdict !== undefined && verdict.step === state.step?.id ? verdict.outcome : undefined;
}

function isJudged({ facts }: Look, { wait }: PlanStep): boolean {
  return wait.isJudged && facts.plan.hasAnalysis;
}

function isTimeOver(look: Look, { wait }: PlanStep): boolean {
  const isTimed = wait.until === 'time' || (wait.until === 'verdict' && look.facts.plan.hasAnalysis);
  return isTimed && look.nowMs - arrivedAtMs(look) >= wait.forMs;
}

/** Never, as long as it has not arrived. */
function arrivedAtMs({ state }: Look): number {
  return state.step?.arrivedAtMs ?? Number.POSITIVE_INFINITY;
}

function early(until: 'time' | 'verdict'): string {
  return until === 'verdict' ? ' at the latest' : '';
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
