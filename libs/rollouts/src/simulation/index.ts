// SPDX-License-Identifier: Apache-2.0
export type { Behaviour, Weather } from './behaviour.ts';
export { renderErrorRates, renderReports } from './render-reports.ts';
export { SCENARIOS, type Scenario } from './scenario.ts';
export { simulateScenario, wrongRuns, type SimulationPlan, type SimulationReport } from './simulate-scenario.ts';
