// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import type { AnalysisSettings } from '../analysis/analysis-settings.ts';
import { assess } from '../analysis/assess.ts';
import type { Condition } from '../analysis/condition.ts';
import { RevisionTally } from '../analysis/revision-tally.ts';
import type { Scenario } from './scenario.ts';
import { prepareTraffic, type SimulatedTraffic } from './simulated-traffic.ts';

/** What is simulated of a scenario. */
export interface SimulationPlan {
  readonly conditions: readonly Condition[];
  readonly settings: AnalysisSettings;
  readonly runs: number;
  /** There is a look each second until a decision, or until then. */
  readonly maximumSeconds: number;
  /** Chance of a run, or of what is drawn for all of them: another one at each call. */
  readonly createRandom: () => Random;
}

export interface SimulationReport {
  readonly scenario: Scenario;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  /** Of the runs that came to a decision; undefined = none did. */
  readonly medianSeconds: number | undefined;
  /** Requests to the candidate until then. */
  readonly medianRequests: number | undefined;
}

interface Decision {
  readonly outcome: 'fail' | 'pass';
  readonly seconds: number;
  readonly requests: number;
}

/** Decides about the same two revisions over and over. */
export function simulateScenario(scenario: Scenario, plan: SimulationPlan): SimulationReport {
  const createTraffic = prepareTraffic(scenario, plan.createRandom());
  const decisions: Decision[] = [];
  for (let run = 0; run < plan.runs; run++) {
    const decision = simulateRun(createTraffic(plan.createRandom()), plan);
    if (decision !== undefined) decisions.push(decision);
  }
  return {
    scenario,
    runs: plan.runs,
    passed: decisions.filter(({ outcome }) => outcome === 'pass').length,
    failed: decisions.filter(({ outcome }) => outcome === 'fail').length,
    medianSeconds: medianOf(decisions.map(({ seconds }) => seconds)),
    medianRequests: medianOf(decisions.map(({ requests }) => requests)),
  };
}

/** Of runs that did what they should not: a false abort of what is allowed, else a missed regression. */
export function wrongRuns({ scenario, passed, failed }: SimulationReport): number {
  return scenario.isAllowed ? failed : passed;
}

function simulateRun(traffic: SimulatedTraffic, plan: SimulationPlan): Decision | undefined {
  const [stable, candidate] = [new RevisionTally(), new RevisionTally()];
  for (let second = 1; second <= plan.maximumSeconds; second++) {
    const counts = traffic(second);
    stable.add(counts.stable);
    candidate.add(counts.candidate);
    const { outcome } = assess({ conditions: plan.conditions, settings: plan.settings, stable, candidate });
    if (outcome === 'pass' || outcome === 'fail') return { outcome, seconds: second, requests: candidate.requests };
  }
  return undefined;
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];
}
