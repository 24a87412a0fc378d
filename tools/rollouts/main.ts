// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util';
import {
  DEFAULT_ANALYSIS_SETTINGS,
  DEFAULT_DROP_POINTS,
  DEFAULT_LATENCY_RATIO,
  type LatencyCondition,
  type SuccessRateCondition,
} from '@weir/rollouts';
import { renderErrorRates, renderReports, SCENARIOS, simulateScenario, type SimulationPlan } from '@weir/rollouts/simulation';
import { createSeededRandom } from '@weir/testing';

const USAGE = `Usage: node tools/rollouts/main.ts [--runs N] [--seed N] [--only TEXT]

Has the decision rule of Rollouts decide about simulated candidates, over and over, and prints as a table in Markdown how often it
was wrong and how long it took (docs/rollouts-analysis.md). --only takes the scenarios whose name contains TEXT.`;

const MAXIMUM_SECONDS = 300;

const SUCCESS_RATE: SuccessRateCondition = {
  kind: 'successRate',
  minimumPercent: undefined,
  maximumDropPoints: DEFAULT_DROP_POINTS,
};
const LATENCY: LatencyCondition = { kind: 'latency', quantile: 0.99, maximumMs: undefined, maximumRatio: DEFAULT_LATENCY_RATIO };

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(`${USAGE}\n`);
else simulate(Number(values.runs), Number(values.seed), values.only);

function simulate(runs: number, seed: number, only: string): void {
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(only));
  const startedMs = performance.now();
  const reports = scenarios.map((scenario, i) => {
    process.stderr.write(`\r${i + 1} of ${scenarios.length}`);
    const chance = createSeededRandom(seed * scenarios.length + i);
    const plan: SimulationPlan = {
      conditions: [SUCCESS_RATE, LATENCY],
      settings: DEFAULT_ANALYSIS_SETTINGS,
      runs,
      maximumSeconds: MAXIMUM_SECONDS,
      createRandom: () => createSeededRandom(Math.floor(chance.next() * 2 ** 32)),
    };
    return simulateScenario(scenario, plan);
  });
  process.stderr.write('\n');
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  process.stdout.write(
    `${renderReports(reports)}\n\n${renderErrorRates(reports)}; ${runs} runs of each, seed ${seed}, ${seconds} s\n`,
  );
}
