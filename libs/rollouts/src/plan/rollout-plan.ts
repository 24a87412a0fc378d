// SPDX-License-Identifier: Apache-2.0
import type { DocumentOfKind } from '@weir/policy/documents';

export type RolloutSpec = DocumentOfKind['Rollout']['spec'];

/** Requests that the candidate gets whatever its share, as they are written. */
export type Matches = NonNullable<NonNullable<NonNullable<DocumentOfKind['Rollout']['status']>['split']>['matches']>;

/** What the candidate gets; shares in 10,000ths. */
export interface Traffic {
  readonly candidateShare: number;
  readonly mirrorShare: number;
  readonly matches?: Matches | undefined;
}

/** When a step is over, once every proxy has it. */
export interface StepWait {
  /** `arrival`: at once. `verdict`: when the analysis passes, and after `forMs` at the latest. */
  readonly until: 'arrival' | 'person' | 'time' | 'verdict';
  /** Of `time` and `verdict`. */
  readonly forMs: number;
  /** What follows when the time is over. */
  readonly then: 'Abort' | 'Next' | 'Person';
  /** When the time is over, the analysis is asked, and `onUndecided` and `onNotEnoughTraffic` say what follows. */
  readonly isJudged: boolean;
}

export interface PlanStep {
  /** For people. */
  readonly words: string;
  /** All that holds during this step, also what earlier steps set. */
  readonly traffic: Traffic;
  readonly wait: StepWait;
}

export interface PlannedGate {
  readonly name: string;
  readonly before: 'Promotion' | 'Start' | 'Step';
}

/** A Rollout's spec, as far as it says what happens when: durations in ms, short forms written out. */
export interface RolloutPlan {
  readonly form: 'deployment' | 'services';
  /** All but the last one, which is always the same: all requests go to the new revision. */
  readonly steps: readonly PlanStep[];
  /** Of the steps: equal fingerprint, equal steps. */
  readonly fingerprint: string;
  readonly hasAnalysis: boolean;
  readonly onNotEnoughTraffic: 'Abort' | 'Continue' | 'Wait';
  readonly onUndecided: 'Abort' | 'Continue' | 'Wait';
  readonly rollbackWindowMs: number;
  readonly progressDeadlineMs: number;
  readonly absentProxies: { readonly waitMs: number; readonly then: 'Abort' | 'Continue' | 'Wait' };
  readonly gates: readonly PlannedGate[];
  readonly isPaused: boolean;
}

export const NO_TRAFFIC: Traffic = { candidateShare: 0, mirrorShare: 0 };
