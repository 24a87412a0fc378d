// SPDX-License-Identifier: Apache-2.0
import type { Outcome } from '../analysis/verdict.ts';
import type { Verb } from '../state/rollout-state.ts';
import type { RolloutPlan } from '../plan/rollout-plan.ts';

/** What is known of the world around a Rollout at one moment. What is undefined is not known, and nothing follows from it. */
export interface RolloutFacts {
  /** Since the Unix epoch. It may go back: time then stands still until it is where it was. */
  readonly nowMs: number;
  /** Of the document as it is now. */
  readonly plan: RolloutPlan;
  /** The revision that documents call new, or stable where they call none new; undefined = cannot be told. */
  readonly offered: string | undefined;
  /** The revision that is stable where the state knows of none. */
  readonly firstStable: string | undefined;
  /** By name; a revision that is not in it has no endpoints that are known of. */
  readonly revisions: Readonly<Record<string, RevisionReadiness>>;
  /** Undefined = nothing has been heard of the split in force yet, as after a change of leader. */
  readonly arrival: ArrivalFact | undefined;
  readonly inFlight: InFlightFact | undefined;
  /** What the analysis says of the present step; undefined = it has not looked yet. */
  readonly verdict: VerdictFact | undefined;
  /** A fuse that has blown at some proxy. */
  readonly blown: BlownFact | undefined;
  readonly gates: GateAnswers | undefined;
  /** The oldest request that the state has not answered. */
  readonly request: RolloutRequest | undefined;
  /** Deployment form: no Pod of another revision than the offered one is left, and all that are wanted are ready. */
  readonly isDeploymentFinished: boolean;
  /** Why nothing is offered, or what is offered does not serve yet, and what to do about it: a sentence. */
  readonly offerNote?: string | undefined;
  /** Deployment form: the command that gives the Deployment the template of a revision again, by its name. */
  readonly waysBack?: Readonly<Record<string, string>> | undefined;
}

/** What stands behind a revision. */
export interface RevisionReadiness {
  /** Endpoints that can take requests now; held Pods of a Deployment count once all but Weir's gate would let them. */
  readonly ready: number;
  /** Endpoints that there are to be before it gets requests. */
  readonly wanted: number;
  /** The share of all requests that they can carry, in 10,000ths; undefined = no bound. */
  readonly maxShare?: number | undefined;
  /** Why it is no more, and what to do about it. */
  readonly reason?: string | undefined;
}

/** Who has the split in force. It counts only where `step` is that of `split`. Every proxy that is to have it is in one of the counts or lists. */
export interface ArrivalFact {
  readonly step: string;
  /** Proxies that are to have it, without those that are gone for good. */
  readonly of: number;
  readonly acked: number;
  /** Connected, and have not answered. */
  readonly waiting: readonly string[];
  /** Connected, and have answered that they cannot take it. */
  readonly refusing: readonly { readonly proxy: string; readonly reason: string }[];
  /** Not connected any more, and may come back. */
  readonly gone: readonly string[];
  /** Are to be there, and have not connected to anybody since the last change of leader. */
  readonly unheard: readonly string[];
}

/** Requests that have not ended, as told by proxies that have the split of `step`; it counts only where that is in force. */
export interface InFlightFact {
  readonly step: string;
  readonly stable: number;
  readonly candidate: number;
  /** Every proxy that has the split has told. */
  readonly isKnown: boolean;
}

/** It counts only where `step` is the id of the present step: `state.step.id`. */
export interface VerdictFact {
  readonly step: string;
  readonly outcome: Outcome;
  /** For people: what was seen. */
  readonly words: string;
}

/** It counts only where `step` is that of `split`. */
export interface BlownFact {
  readonly step: string;
  readonly words: string;
}

/** It counts only where `id` is that of the gates that are asked. */
export interface GateAnswers {
  readonly id: string;
  readonly answers: Readonly<Record<string, 'no' | 'yes'>>;
}

/** What somebody wants to happen. */
export interface RolloutRequest {
  /** Unlike that of any other request. */
  readonly id: string;
  readonly verb: Verb;
  readonly by: string;
  readonly atMs: number;
  /** Of promote: to all requests, past the steps that are left. */
  readonly isFull?: boolean | undefined;
}
