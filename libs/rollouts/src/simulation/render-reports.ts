// SPDX-License-Identifier: Apache-2.0
import { wrongRuns, type SimulationReport } from './simulate-scenario.ts';

const HEAD = [
  '| candidate | requests/s | share | passed | failed | undecided | wrong | median s | median requests |',
  '| --------- | ---------: | ----: | -----: | -----: | --------: | ----: | -------: | --------------: |',
];

/** A table in Markdown: shares of runs, and of those that decided how long it took and how many requests the candidate had by then. */
export function renderReports(reports: readonly SimulationReport[]): string {
  return [...HEAD, ...reports.map(rowOf)].join('\n');
}

/** How often it was wrong over all scenarios that error rates are promised for, of what is allowed and of what is not. */
export function renderErrorRates(reports: readonly SimulationReport[]): string {
  const [allowed, regressed] = [true, false].map(isAllowed => {
    const some = reports.filter(({ scenario }) => scenario.isAllowed === isAllowed && !scenario.isBeyondPromise);
    return shareOf(
      sumOf(some, wrongRuns),
      sumOf(some, ({ runs }) => runs),
    );
  });
  return `false aborts ${allowed} of all runs with allowed candidates, missed regressions ${regressed} of all with others`;
}

function rowOf(report: SimulationReport): string {
  const { scenario, runs, passed, failed, medianSeconds, medianRequests } = report;
  const counts = [passed, failed, runs - passed - failed, wrongRuns(report)].map(count => shareOf(count, runs));
  const times = [medianSeconds, medianRequests].map(median => median ?? '–');
  const name = scenario.isBeyondPromise ? `${scenario.name} (nothing promised)` : scenario.name;
  const cells = [name, scenario.requestsPerSecond, `${100 * scenario.candidateShare} %`, ...counts, ...times];
  return `| ${cells.join(' | ')} |`;
}

function shareOf(count: number, total: number): string {
  return total === 0 ? '–' : `${Number(((100 * count) / total).toFixed(2))} %`;
}

function sumOf(reports: readonly SimulationReport[], valueOf: (report: SimulationReport) => number): number {
  return reports.reduce((sum, report) => sum + valueOf(report), 0);
}
