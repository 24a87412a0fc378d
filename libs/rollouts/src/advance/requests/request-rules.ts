// SPDX-License-Identifier: Apache-2.0
import type { Phase } from '../../state/phase.ts';
import type { Verb } from '../../state/rollout-state.ts';

/** What becomes of a request in a phase. */
export interface RequestRule {
  readonly isAccepted: boolean;
  /** For who asked. */
  readonly words: string;
}

type Rules = Readonly<Record<Phase, RequestRule>>;

const yes = (words: string): RequestRule => ({ isAccepted: true, words });
const no = (words: string): RequestRule => ({ isAccepted: false, words });

const NO_ROLLOUT = no('No rollout is under way.');
const TO_STABLE = yes('All requests go back to stable.');
const GOES_BACK = no('The rollout is being aborted, which nothing holds up.');
const IS_ABORTED = no('The rollout is aborted. Retry it, or offer another revision.');
const TOO_LATE = no('The former revision has been taken away. Write it as the new one to go back: that is a rollout of its own.');
const NOT_ABORTED = no('Only a rollout that is aborted can be retried.');
const HOLDS = yes('What is in force holds.');
const GOES_ON = yes('The rollout goes on.');

const ABORT: Rules = {
  Stable: no('No rollout is under way. To go back, write the former revision as the new one: that is a rollout of its own.'),
  Preparing: TO_STABLE,
  Progressing: TO_STABLE,
  Promoting: TO_STABLE,
  Keeping: TO_STABLE,
  Draining: TO_STABLE,
  Retiring: TOO_LATE,
  Aborting: yes('It is being aborted.'),
  Aborted: yes('It is aborted.'),
};

/** What each verb does in each phase. Where a request is accepted, more may be in its way: see `answerRequest`. */
export const REQUEST_RULES: Readonly<Record<Verb, Rules>> = {
  abort: ABORT,
  undo: ABORT,
  promote: {
    Stable: NO_ROLLOUT,
    Preparing: yes('The first step begins as soon as the new revision is ready, also while it is paused.'),
    Progressing: yes('The present step ends as soon as every proxy has it.'),
    Promoting: yes('The rollout goes on as soon as every proxy has it, also while it is paused.'),
    Keeping: yes('The former revision is not kept any longer.'),
    Draining: yes('The former revision is taken away, and what is left of its requests with it.'),
    Retiring: no('The rollout comes to its end by itself.'),
    Aborting: GOES_BACK,
    Aborted: IS_ABORTED,
  },
  pause: {
    Stable: no('No rollout is under way. Write spec.paused: true so that the next one waits before its first step.'),
    Preparing: HOLDS,
    Progressing: HOLDS,
    Promoting: HOLDS,
    Keeping: HOLDS,
    Draining: HOLDS,
    Retiring: no('The former revision is being taken away, which nothing holds up.'),
    Aborting: GOES_BACK,
    Aborted: IS_ABORTED,
  },
  resume: {
    Stable: NO_ROLLOUT,
    Preparing: GOES_ON,
    Progressing: GOES_ON,
    Promoting: GOES_ON,
    Keeping: GOES_ON,
    Draining: GOES_ON,
    Retiring: no('It is not paused.'),
    Aborting: GOES_BACK,
    Aborted: IS_ABORTED,
  },
  retry: {
    Stable: NOT_ABORTED,
    Preparing: NOT_ABORTED,
    Progressing: NOT_ABORTED,
    Promoting: NOT_ABORTED,
    Keeping: NOT_ABORTED,
    Draining: NOT_ABORTED,
    Retiring: NOT_ABORTED,
    Aborting: no('Not every proxy has given up the new revision yet: ask again when the phase is Aborted.'),
    Aborted: yes('The rollout begins anew.'),
  },
};
