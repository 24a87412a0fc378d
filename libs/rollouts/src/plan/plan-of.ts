// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import { hash } from 'node:crypto';
import { canarySteps } from './canary-steps.ts';
import { blueGreenSteps, matchSteps, shadowSteps } from './switch-steps.ts';
import type { PlanStep, RolloutPlan, RolloutSpec } from './rollout-plan.ts';

/** What a spec says, in the form that `advance` goes by. It costs a hash: worth keeping as long as the document is the same. */
export function planOf(spec: RolloutSpec): RolloutPlan {
  const steps = stepsOf(spec);
  return {
    form: spec.revisions.deployment === undefined ? 'services' : 'deployment',
    steps,
    fingerprint: hash('sha256', JSON.stringify(steps)).slice(0, 12),
    hasAnalysis: spec.analysis !== undefined,
    onNotEnoughTraffic: spec.analysis?.onNotEnoughTraffic ?? 'Wait',
    onUndecided: spec.analysis?.onUndecided ?? 'Continue',
    rollbackWindowMs: parseDuration(spec.rollbackWindow),
    progressDeadlineMs: parseDuration(spec.progressDeadline),
    absentProxies: { waitMs: parseDuration(spec.absentProxies.wait), then: spec.absentProxies.then },
    gates: (spec.gates ?? []).map(({ name, before }) => ({ name, before })),
    isPaused: spec.paused ?? false,
  };
}

function stepsOf({ strategy }: RolloutSpec): readonly PlanStep[] {
  if (strategy.canary !== undefined) return canarySteps(strategy.canary);
  if (strategy.blueGreen !== undefined) return blueGreenSteps(strategy.blueGreen);
  if (strategy.match !== undefined) return matchSteps(strategy.match);
  return shadowSteps(strategy.shadow ?? { percent: 100 });
}
