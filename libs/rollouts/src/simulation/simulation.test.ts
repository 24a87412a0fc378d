// SPDX-License-Identifier: Apache-2.0
import { createSeededRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ANALYSIS_SETTINGS, DEFAULT_DROP_POINTS, DEFAULT_LATENCY_RATIO } from '../analysis/analysis-settings.ts';
import type { Condition } from '../analysis/condition.ts';
import { renderErrorRates, renderReports } from './render-reports.ts';
import { SCENARIOS, type Scenario } from './scenario.ts';
import { simulateScenario, wrongRuns, type SimulationReport } from './simulate-scenario.ts';

const CONDITIONS: readonly Condition[] = [
  { kind: 'successRate', minimumPercent: undefined, maximumDropPoints: DEFAULT_DROP_POINTS },
  { kind: 'latency', quantile: 0.99, maximumMs: undefined, maximumRatio: DEFAULT_LATENCY_RATIO },
];

function simulate(scenario: Scenario, runs: number): SimulationReport {
  const seeds = createSeededRandom(1);
  return simulateScenario(scenario, {
    conditions: CONDITIONS,
    settings: DEFAULT_ANALYSIS_SETTINGS,
    runs,
    maximumSeconds: 120,
    createRandom: () => createSeededRandom(Math.floor(seeds.next() * 2 ** 32)),
  });
}

function scenarioOf(name: string, requestsPerSecond = 200, candidateShare = 0.5): Scenario {
  const found = SCENARIOS.find(
    scenario =>
      scenario.name === name && scenario.requestsPerSecond === requestsPerSecond && scenario.candidateShare === candidateShare,
  );
  if (found === undefined) throw new Error(`no scenario is named ${name}`);
  return found;
}

describe('the decision rule among simulated candidates', () => {
  it('passes what is identical, within two minutes', () => {
    expect(simulate(scenarioOf('identical'), 30)).toMatchObject({ passed: 30, failed: 0 });
  });

  it.each(['errors +5', 'fails completely', 'p99 10 times'])('fails what is not allowed: %s', name => {
    const report = simulate(scenarioOf(name, 20, 0.5), 20);
    expect(report).toMatchObject({ passed: 0, failed: 20 });
  });

  it('finds one request of a hundred that takes ten times as long', () => {
    const report = simulate(scenarioOf('1 % takes 10 times as long', 2000, 0.5), 5);
    expect(report).toMatchObject({ passed: 0, failed: 5 });
  });

  it('says nothing of what nearly nobody asks', () => {
    expect(simulate(scenarioOf('identical, very little traffic', 2, 0.1), 10)).toMatchObject({ passed: 0, failed: 0 });
  });

  it('does not hold against a candidate what befalls both', () => {
    expect(simulate(scenarioOf('both fail 30 % from 10 s to 30 s'), 10).failed).toBe(0);
    expect(simulate(scenarioOf('both 3 times slower from 10 s to 40 s'), 10).failed).toBe(0);
  });

  it('repeats by its seed', () => {
    expect(simulate(scenarioOf('errors +1'), 3)).toEqual(simulate(scenarioOf('errors +1'), 3));
  });
});

describe('a report', () => {
  const report = {
    scenario: scenarioOf('identical'),
    runs: 200,
    passed: 150,
    failed: 3,
    medianSeconds: 41,
    medianRequests: 4084,
  };

  it('counts as wrong what failed of the allowed, and what passed of the others', () => {
    expect(wrongRuns(report)).toBe(3);
    expect(wrongRuns({ ...report, scenario: scenarioOf('errors +1') })).toBe(150);
  });

  it('is a row of a table', () => {
    expect(renderReports([report]).split('\n')[2]).toBe('| identical | 200 | 50 % | 75 % | 1.5 % | 23.5 % | 1.5 % | 41 | 4084 |');
    expect(renderErrorRates([report])).toBe(
      'false aborts 1.5 % of all runs with allowed candidates, missed regressions – of all with others',
    );
  });

  it('counts nothing as wrong for which nothing is promised', () => {
    const beyond = { ...report, scenario: scenarioOf('identical, 5 failures in a row') };
    expect(renderErrorRates([report, beyond])).toBe(renderErrorRates([report]));
    expect(renderReports([beyond])).toContain('(nothing promised)');
  });
});
