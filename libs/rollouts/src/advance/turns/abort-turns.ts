// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import { arrivalOf, isLate, missingOf, namesOf } from '../arrival.ts';
import { refusingGate } from '../gates.ts';
import { hasTraffic, type Look } from '../look.ts';
import { endOfStep } from '../phases/progressing.ts';
import { isDeadlineOver } from '../progress-clock.ts';
import { isReady, mayTakeAway } from '../readiness.ts';
import { newsOf, type NewsType } from '../rollout-news.ts';
import type { Phase } from '../../state/phase.ts';
import { abort } from './abort.ts';
import { heldChange } from './document-turns.ts';
import { isHeld } from './onward-turns.ts';
import type { Transition } from './transition.ts';

/** Something that ends a rollout by itself. */
interface Ending {
  readonly from: readonly Phase[];
  readonly when: string;
  /** Told besides that it was aborted. */
  readonly news?: NewsType;
  /** For people; undefined = it does not end it. */
  reasonOf(look: Look): string | undefined;
}

const BEFORE_PROMOTED: readonly Phase[] = ['Preparing', 'Progressing', 'Promoting'];
const WITH_TRAFFIC: readonly Phase[] = ['Progressing', 'Promoting', 'Keeping', 'Draining'];

const ENDINGS: readonly Ending[] = [
  {
    from: WITH_TRAFFIC,
    when: 'a fuse has blown at a proxy',
    news: 'FuseBlown',
    reasonOf: ({ state, facts: { blown } }) =>
      blown !== undefined && blown.step === state.split?.step && hasTraffic(state)
        ? `A fuse has blown (${blown.words}).`
        : undefined,
  },
  {
    from: WITH_TRAFFIC,
    when: 'the analysis has shown that a condition does not hold',
    news: 'AnalysisFailed',
    reasonOf: ({ state, facts: { verdict } }) =>
      verdict?.outcome === 'fail' && verdict.step === state.step?.id ? `The analysis has failed (${verdict.words}).` : undefined,
  },
  {
    from: BEFORE_PROMOTED,
    when: 'progressDeadline is over: endpoints are not ready, or proxies that are connected do not take a step',
    reasonOf: deadlineReason,
  },
  {
    from: BEFORE_PROMOTED,
    when: 'absentProxies.wait is over, and absentProxies.then is Abort',
    reasonOf: absenceReason,
  },
  {
    from: ['Preparing', 'Progressing'],
    when: 'a gate refuses',
    news: 'GateRefused',
    reasonOf: look => {
      const gate = refusingGate(look);
      return gate === undefined ? undefined : `Gate ${gate} has refused.`;
    },
  },
  {
    from: ['Progressing'],
    when: 'the time of the step is over, and end, onUndecided or onNotEnoughTraffic says Abort',
    reasonOf: look => (isHeld(look) ? undefined : endOfStep(look)),
  },
];

export const ABORT_TURNS: readonly Transition[] = ENDINGS.map(ending => ({
  from: ending.from,
  to: 'Aborting',
  when: ending.when,
  effect: '0 % at once, also no copies and no matches',
  isDue: look => ending.reasonOf(look) !== undefined && mayTakeAway(look),
  take: look => {
    const reason = ending.reasonOf(look) ?? '';
    const { state, news } = abort(look, { reason, by: 'weir' });
    return { state, news: ending.news === undefined ? news : [newsOf(look, ending.news, { words: reason }), ...news] };
  },
}));

/** Why the rollout should end, or begin anew, and cannot, as stable could not take the requests; undefined = there is no such reason. */
export function heldReason(look: Look): string | undefined {
  if (mayTakeAway(look)) return undefined;
  const due = ENDINGS.filter(({ from }) => from.includes(look.state.phase));
  return due.map(ending => ending.reasonOf(look)).find(reason => reason !== undefined) ?? heldChange(look);
}

function deadlineReason(look: Look): string | undefined {
  if (!isDeadlineOver(look)) return undefined;
  const deadline = formatDuration(look.facts.plan.progressDeadlineMs);
  if (look.state.phase === 'Preparing' && !isReady(look)) return `The new revision was not ready within ${deadline}.`;
  const arrival = arrivalOf(look);
  return `${namesOf(arrival === undefined ? [] : missingOf(arrival))} did not take a step within ${deadline}.`;
}

function absenceReason(look: Look): string | undefined {
  const { state, facts } = look;
  const { waitMs, then } = facts.plan.absentProxies;
  const arrival = arrivalOf(look);
  if (then !== 'Abort' || arrival === undefined || state.step?.arrivedAtMs !== undefined || !isLate(look)) return undefined;
  const missing = missingOf(arrival);
  const doing = 'and absentProxies.then is Abort';
  return missing.length === 0 ? undefined : `${namesOf(missing)} did not take a step within ${formatDuration(waitMs)}, ${doing}.`;
}
