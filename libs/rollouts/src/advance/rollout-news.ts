// SPDX-License-Identifier: Apache-2.0
import type { Look } from './look.ts';

export type NewsType =
  | 'Aborted'
  | 'AnalysisFailed'
  | 'Completed'
  | 'FuseBlown'
  | 'GateRefused'
  | 'Paused'
  | 'PlanChanged'
  | 'Promoted'
  | 'RequestRefused'
  | 'Resumed'
  | 'RolledBack'
  | 'Started'
  | 'StepApplied'
  | 'StepEnded'
  | 'StepRequested'
  | 'Waiting';

/** A turn of a rollout, for events, notifications and the audit log. */
export interface RolloutNews {
  /** The same where the same turn is told again by another leader that had the same state. */
  readonly id: string;
  readonly type: NewsType;
  /** For people. */
  readonly words: string;
  /** A person, `documents`, or `weir`. */
  readonly by: string;
  readonly atMs: number;
  readonly stable: string | undefined;
  readonly candidate: string | undefined;
}

/** News of what is being looked at. */
export function newsOf({ state, nowMs }: Look, type: NewsType, told: { words: string; by?: string }): RolloutNews {
  const { sequence, stable, candidate } = state;
  return { id: `${sequence}-${type}-${nowMs}`, type, words: told.words, by: told.by ?? 'weir', atMs: nowMs, stable, candidate };
}
