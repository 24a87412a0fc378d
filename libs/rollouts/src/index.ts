// SPDX-License-Identifier: Apache-2.0
export { advance, type Advance } from './advance/advance.ts';
export type {
  ArrivalFact,
  BlownFact,
  GateAnswers,
  InFlightFact,
  RevisionReadiness,
  RolloutFacts,
  RolloutRequest,
  VerdictFact,
} from './advance/rollout-facts.ts';
export type { NewsType, RolloutNews } from './advance/rollout-news.ts';
export { verdictFact } from './advance/verdict-fact.ts';
export { assess, type Look } from './analysis/assess.ts';
export {
  DEFAULT_ANALYSIS_SETTINGS,
  DEFAULT_DROP_POINTS,
  DEFAULT_LATENCY_RATIO,
  type AnalysisSettings,
} from './analysis/analysis-settings.ts';
export type {
  AnalysisFacts,
  Condition,
  ExpressionCondition,
  ExpressionResult,
  LatencyCondition,
  SuccessRateCondition,
} from './analysis/condition.ts';
export { formatCount, formatMs, formatShare } from './analysis/numbers.ts';
export { factsOf, type RevisionFacts } from './analysis/revision-facts.ts';
export { RevisionTally, type Counted } from './analysis/revision-tally.ts';
export type { ConditionVerdict, Outcome, Verdict } from './analysis/verdict.ts';
export { planOf } from './plan/plan-of.ts';
export type { RolloutPlan, RolloutSpec } from './plan/rollout-plan.ts';
export { PHASES, type Phase, type WaitingFor } from './state/phase.ts';
export {
  initialState,
  type AnsweredRequest,
  type AskedGates,
  type RolloutState,
  type SplitInForce,
  type Verb,
} from './state/rollout-state.ts';
export { stateFrom, statusOf, type RolloutStatus } from './state/rollout-status.ts';
export type { StateCondition } from './state/state-condition.ts';
