// SPDX-License-Identifier: Apache-2.0
import type { StateCondition } from './state-condition.ts';
import type { Phase, WaitingFor } from './phase.ts';
import type { Traffic } from '../plan/rollout-plan.ts';

/**
 * All that is known of a Rollout, as it stands in its status: plain JSON, so that whoever leads next goes on from it. Only `split` and
 * `openGates` have effects, and only once the state has been written. Members that are undefined may be left out.
 */
export interface RolloutState {
  readonly phase: Phase;
  readonly waitingFor: WaitingFor;
  /** For people: what it waits for, in a sentence or two. Never empty; the same as long as it waits for the same. */
  readonly message: string;
  /** The revision that everything goes back to; undefined = not known yet. */
  readonly stable?: string | undefined;
  /** The revision that a rollout is about, until it is stable; in Aborted it is the one that was aborted. */
  readonly candidate?: string | undefined;
  /** What proxies are to do. It stays in force when a rollout has ended; undefined = no rollout has begun yet. */
  readonly split?: SplitInForce | undefined;
  readonly step?: StepState | undefined;
  readonly proxies?: ProxiesState | undefined;
  readonly progress?: ProgressClock | undefined;
  readonly paused?: PausedState | undefined;
  readonly aborted?: AbortedState | undefined;
  /** The last rollout that came to its end. */
  readonly completed?: CompletedState | undefined;
  readonly gates?: AskedGates | undefined;
  /** Somebody promoted to all requests at once: steps that are left are passed over, and a pause does not hold. */
  readonly isFull?: boolean | undefined;
  /** Deployment form: Pods of the candidate may count as ready, so that the Deployment finishes. Those of stable always may. */
  readonly openGates?: boolean | undefined;
  readonly lastRequest?: AnsweredRequest | undefined;
  readonly conditions: readonly StateCondition[];
  /** Of the steps of the document that this rollout goes by. */
  readonly plan?: string | undefined;
  /** Grows with each step that was ever requested. */
  readonly sequence: number;
}

/** What the compiler reads of the status; see the schema of Rollout's status. */
export interface SplitInForce extends Traffic {
  /** The id of the step that made it. */
  readonly step: string;
  readonly stable: string;
  readonly candidate: string;
  readonly isStableForgotten?: boolean | undefined;
}

/** The step that is being taken. Also preparing, promoting and going back are steps. */
export interface StepState {
  /** Unlike that of any other step. `split.step` is the one that last changed what is in force. */
  readonly id: string;
  /** 0 before the first one and on the way back, `of` when all requests are to go to the new revision. */
  readonly index: number;
  readonly of: number;
  /** For people: what it does. */
  readonly words: string;
  readonly requestedAtMs: number;
  /** When every proxy had it that is waited for: its time counts from here. */
  readonly arrivedAtMs?: number | undefined;
  /** Somebody promoted: it is over as soon as it has arrived. */
  readonly isEnded?: boolean | undefined;
}

/** Who has the split in force, as far as it is known: of proxies that are late there are names. */
export interface ProxiesState {
  readonly acked: number;
  readonly of: number;
  /** At most MAX_NAMES, once they are late. */
  readonly late: readonly string[];
  /** Late ones that are not in `late`. */
  readonly more: number;
}

/** What `progressDeadline` is counted by. */
export interface ProgressClock {
  /** Moved on by the time that did not count. */
  readonly fromMs: number;
  /** Set while it does not run. */
  readonly haltedAtMs?: number | undefined;
}

export interface PausedState {
  /** `spec.paused` where the document says so. */
  readonly by: string;
  readonly atMs: number;
  /** The document says so: nobody can resume but by changing it. */
  readonly isWritten: boolean;
}

export interface AbortedState {
  readonly revision: string;
  readonly reason: string;
  /** A person, `documents`, or `weir`. */
  readonly by: string;
  readonly atMs: number;
}

export interface CompletedState {
  readonly revision: string;
  readonly former: string;
  readonly atMs: number;
}

/** Gates that are asked now. The driver asks those that wait, and tells what they answer with this id. */
export interface AskedGates {
  readonly id: string;
  /** The step that they are in front of; `of` = all requests. */
  readonly index: number;
  readonly waiting: readonly string[];
}

export type Verb = 'abort' | 'pause' | 'promote' | 'resume' | 'retry' | 'undo';

export interface AnsweredRequest {
  readonly id: string;
  readonly verb: Verb;
  readonly by: string;
  readonly atMs: number;
  readonly isAccepted: boolean;
  /** For who asked: what follows, or why nothing does and what to do instead. */
  readonly answer: string;
}

/** Names of proxies that a state holds at most. */
export const MAX_NAMES = 10;

/** A Rollout that nothing is known of yet. */
export function initialState(): RolloutState {
  return {
    phase: 'Stable',
    waitingFor: 'Revision',
    message: 'Nothing has been looked at yet.',
    conditions: [],
    sequence: 0,
  };
}
