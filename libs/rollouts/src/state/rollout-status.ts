// SPDX-License-Identifier: Apache-2.0
import { WHOLE_SHARE } from '@weir/policy/snapshot';
import { formatShare } from '../analysis/numbers.ts';
import type {
  AbortedState,
  AnsweredRequest,
  CompletedState,
  PausedState,
  ProgressClock,
  RolloutState,
  StepState,
} from './rollout-state.ts';
import { CONDITION_TYPES } from './state-condition.ts';
import type { StateCondition } from './state-condition.ts';
import { withReadTimes, withWrittenTimes, writtenTime } from './written-times.ts';
import type { WithWrittenTimes } from './written-times.ts';

type Timed = 'aborted' | 'completed' | 'lastRequest' | 'paused' | 'progress' | 'step';

/** A state as it stands in the `status` of an object, where people read it too: with times of RFC 3339. */
export interface RolloutStatus extends Omit<RolloutState, Timed | 'conditions'> {
  readonly step?: WithWrittenTimes<StepState> | undefined;
  readonly progress?: WithWrittenTimes<ProgressClock> | undefined;
  readonly paused?: WithWrittenTimes<PausedState> | undefined;
  readonly aborted?: WithWrittenTimes<AbortedState> | undefined;
  readonly completed?: WithWrittenTimes<CompletedState> | undefined;
  readonly lastRequest?: WithWrittenTimes<AnsweredRequest> | undefined;
  /** For people, such as `5 %`: what of the requests the candidate gets. It is not read. */
  readonly share?: string | undefined;
  readonly conditions: readonly StatusCondition[];
}

/** As meta/v1 has it. */
export interface StatusCondition extends Pick<StateCondition, 'reason' | 'status'> {
  readonly type: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number | undefined;
}

/** Texts for people may be so long, in characters; the rest of one that is longer is not kept. */
const MAX_TEXT = 32_768;

/** `generation`: of the object that was looked at. Members that are undefined may be left out. */
export function statusOf(state: RolloutState, generation: number): RolloutStatus {
  const { step, progress, paused, aborted, completed, lastRequest, split } = state;
  return {
    ...state,
    message: shortened(state.message),
    share: split && formatShare(split.candidateShare / WHOLE_SHARE),
    step: withWrittenTimes(step && { ...step, words: shortened(step.words) }),
    progress: withWrittenTimes(progress),
    paused: withWrittenTimes(paused),
    aborted: withWrittenTimes(aborted && { ...aborted, reason: shortened(aborted.reason) }),
    completed: withWrittenTimes(completed),
    lastRequest: withWrittenTimes(lastRequest && { ...lastRequest, answer: shortened(lastRequest.answer) }),
    conditions: state.conditions.map(condition => writtenCondition(condition, { state, generation })),
  };
}

/** The way back; undefined = there is no state in it. Conditions of others are left out. */
export function stateFrom(status: Partial<RolloutStatus> | undefined): RolloutState | undefined {
  const phase = status?.phase;
  if (status === undefined || phase === undefined) return undefined;
  const { step, progress, paused, aborted, completed, lastRequest, conditions = [], ...rest } = withoutShare(status);
  const { waitingFor = 'Revision', message = '', sequence = 0 } = rest;
  return {
    ...{ ...rest, phase, waitingFor, message, sequence },
    step: withReadTimes<StepState>(step),
    progress: withReadTimes<ProgressClock>(progress),
    paused: withReadTimes<PausedState>(paused),
    aborted: withReadTimes<AbortedState>(aborted),
    completed: withReadTimes<CompletedState>(completed),
    lastRequest: withReadTimes<AnsweredRequest>(lastRequest),
    conditions: conditions.flatMap(readCondition),
  };
}

function withoutShare({ share: _share, ...rest }: Partial<RolloutStatus>): Omit<Partial<RolloutStatus>, 'share'> {
  return rest;
}

function writtenCondition(
  { type, status, reason, sinceMs }: StateCondition,
  { state, generation }: { readonly state: RolloutState; readonly generation: number },
): StatusCondition {
  const message = status === 'True' ? shortened(state.message) : '';
  return { type, status, reason, message, lastTransitionTime: writtenTime(sinceMs), observedGeneration: generation };
}

function readCondition({ type, status, reason, lastTransitionTime }: StatusCondition): readonly StateCondition[] {
  const own = CONDITION_TYPES.find(one => one === type);
  return own === undefined ? [] : [{ type: own, status, reason, sinceMs: Date.parse(lastTransitionTime) }];
}

/** A character that was cut in two would be none. */
function shortened(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT).toWellFormed() : text;
}
