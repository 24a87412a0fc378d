// SPDX-License-Identifier: Apache-2.0
import { type Round, summariseRounds } from '../measure/throughput.ts';
import { PEERS } from '../peers/peers.ts';
import { type Contest, type Contestant, runContest } from './contest.ts';
import type { BenchContext, ResultRow, Scenario, ScenarioResult, Target } from './scenario.ts';

/** Of every contestant, where routes are not what is measured. */
export const ROUTES = 10;

/** Medians by label. */
export type Summaries = ReadonlyMap<string, Round>;

/** A contest, and what is to be reached in it. */
export interface ThroughputPlan extends Omit<Contest, 'contestants'> {
  readonly title: string;
  readonly needs?: readonly string[];
  /** What is counted, in the singular; absent = requests. */
  readonly unit?: string;
  /** Absent = all. */
  readonly contestants?: readonly Contestant[];
  readonly judge: (summaries: Summaries) => readonly Target[];
}

export function throughputScenario(plan: ThroughputPlan): Scenario {
  const { name, title, needs = [] } = plan;
  return { name, title, needs, run: context => runPlan(plan, context) };
}

/** The peers of these names, each with so many routes. */
export function contestantsOf(names: readonly string[], routeCount = ROUTES): readonly Contestant[] {
  return PEERS.filter(({ name }) => names.includes(name)).map(peer => ({ label: peer.name, peer, routeCount }));
}

/** What one request costs in CPU time, in multiples of what it costs another; NaN where either was not measured. */
export function cpuRatio(summaries: Summaries, label: string, reference: string): number {
  const own = summaries.get(label)?.cpuUsPerRequest ?? Number.NaN;
  return own / (summaries.get(reference)?.cpuUsPerRequest ?? Number.NaN);
}

function columnsOf(unit: string): readonly string[] {
  return ['proxy', `${unit}s/s`, `CPU µs/${unit}`, 'p50 ms', 'p99 ms', 'RSS MiB', 'errors', 'CPU ÷ nginx', 'CPU ÷ envoy'];
}

async function runPlan(plan: ThroughputPlan, context: BenchContext): Promise<ScenarioResult> {
  const all = plan.contestants ?? contestantsOf(PEERS.map(({ name }) => name));
  const wanted = context.options.peers;
  const contestants = all.filter(({ peer }) => wanted.length === 0 || wanted.includes(peer.name));
  const { rounds, skipped } = await runContest({ ...plan, contestants }, context);
  const summaries = new Map([...rounds].map(([label, list]) => [label, summariseRounds(list)]));
  const rows = [...summaries].map(([label, summary]) =>
    resultRow(label, { summary, summaries, rounds: rounds.get(label) ?? [] }),
  );
  return {
    name: plan.name,
    title: plan.title,
    columns: columnsOf(plan.unit ?? 'request'),
    rows,
    skipped,
    targets: plan.judge(summaries),
  };
}

function resultRow(
  label: string,
  { summary, summaries, rounds }: { summary: Round; summaries: Summaries; rounds: readonly Round[] },
): ResultRow {
  const { requestsPerSecond, cpuUsPerRequest, p50Ms, p99Ms, rssMiB, errors } = summary;
  // Contestants of the same size are compared: `weir 1000` with `nginx 1000`.
  const size = label.includes(' ') ? label.slice(label.indexOf(' ')) : '';
  const ratios = [cpuRatio(summaries, label, `nginx${size}`), cpuRatio(summaries, label, `envoy${size}`)];
  const cells = [
    Math.round(requestsPerSecond).toString(),
    cpuUsPerRequest.toFixed(1),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    rssMiB.toFixed(0),
    errors.toString(),
    ...ratios.map(ratio => (Number.isNaN(ratio) ? '' : ratio.toFixed(2))),
  ];
  return { label, cells, numbers: { ...summary, cpuUsPerRequestByRound: rounds.map(round => round.cpuUsPerRequest) } };
}
