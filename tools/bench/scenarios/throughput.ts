// SPDX-License-Identifier: Apache-2.0
import { LARGE_SUFFIX } from '../load/backend.ts';
import { routePrefix } from '../load/route-paths.ts';
import { type Round, summariseRounds } from '../measure/throughput.ts';
import { PEERS } from '../peers/peers.ts';
import type { Contest, ContestOutcome, Contestant } from './contest.ts';
import { runContest } from './contest.ts';
import type { BenchContext, ResultRow, Scenario, ScenarioResult, Target } from './scenario.ts';

const ROUTES = 10;
const LARGEST_ROUTES = 10_000;
const COLUMNS = ['proxy', 'requests/s', 'CPU µs/request', 'p50 ms', 'p99 ms', 'RSS MiB', 'errors', 'CPU ÷ nginx', 'CPU ÷ envoy'];

type Summaries = ReadonlyMap<string, Round>;

interface ThroughputPlan extends Omit<Contest, 'contestants'> {
  readonly title: string;
  readonly contestants?: readonly Contestant[];
  readonly judge: (summaries: Summaries) => readonly Target[];
}

const PLANS: readonly ThroughputPlan[] = [
  {
    name: 'keep-alive',
    title: 'keep-alive, 64 connections, small JSON answers',
    connections: 64,
    isTls: false,
    closes: false,
    judge: summaries => [
      { text: 'CPU per request ÷ nginx', limit: 1.4, value: cpuRatio(summaries, 'weir', 'nginx') },
      { text: 'CPU per request ÷ envoy', limit: 0.6, value: cpuRatio(summaries, 'weir', 'envoy') },
      { text: 'resident memory after it, MiB', limit: 110, value: summaries.get('weir')?.rssMiB ?? Number.NaN },
    ],
  },
  {
    name: 'no-keep-alive',
    title: 'a new connection for each request, 32 at a time',
    connections: 32,
    isTls: false,
    closes: true,
    judge: () => [],
  },
  {
    name: 'tls',
    title: 'keep-alive over TLS 1.3, ECDSA P-256, 64 connections',
    connections: 64,
    isTls: true,
    closes: false,
    judge: summaries => [
      { text: 'CPU per request ÷ nginx', limit: 1.2, value: cpuRatio(summaries, 'weir', 'nginx') },
      { text: 'CPU per request ÷ envoy', limit: 0.6, value: cpuRatio(summaries, 'weir', 'envoy') },
    ],
  },
  {
    name: 'large-bodies',
    title: 'response bodies of 1 MiB, 16 connections',
    connections: 16,
    isTls: false,
    closes: false,
    target: `${routePrefix(1)}${LARGE_SUFFIX}`,
    judge: () => [],
  },
  {
    name: 'tcp',
    title: 'TCP: bodies of 1 MiB on 16 connections that are carried whole',
    connections: 16,
    isTls: false,
    isTcp: true,
    closes: false,
    target: `${routePrefix(1)}${LARGE_SUFFIX}`,
    contestants: PEERS.filter(({ name }) => name !== 'http-proxy').map(peer => ({ label: peer.name, peer, routeCount: 1 })),
    judge: summaries => [
      // 0.7 times its bytes for a second of CPU.
      { text: 'CPU per MiB ÷ nginx', limit: 1 / 0.7, value: cpuRatio(summaries, 'weir', 'nginx') },
    ],
  },
  {
    name: 'routes',
    title: 'routes asked for in turn, keep-alive, 64 connections',
    connections: 64,
    isTls: false,
    closes: false,
    contestants: [ROUTES, 1_000, LARGEST_ROUTES].flatMap(routeCount => routedContestants(routeCount)),
    judge: summaries => [
      { text: 'CPU per request, 10,000 routes ÷ 10', limit: 1.1, value: cpuRatio(summaries, 'weir 10000', 'weir 10') },
    ],
  },
];

/** The others at the largest size only: at ten routes they are in `keep-alive`. http-proxy has no routes. */
function routedContestants(routeCount: number): readonly Contestant[] {
  return PEERS.filter(({ name }) => name === 'weir' || (name !== 'http-proxy' && routeCount === LARGEST_ROUTES)).map(peer => ({
    label: `${peer.name} ${routeCount}`,
    peer,
    routeCount,
  }));
}

export const THROUGHPUT_SCENARIOS: readonly Scenario[] = PLANS.map(plan => ({
  name: plan.name,
  title: plan.title,
  run: context => runPlan(plan, context),
}));

async function runPlan(plan: ThroughputPlan, context: BenchContext): Promise<ScenarioResult> {
  const all = plan.contestants ?? PEERS.map(peer => ({ label: peer.name, peer, routeCount: ROUTES }));
  const wanted = context.options.peers;
  const contestants = all.filter(({ peer }) => wanted.length === 0 || wanted.includes(peer.name));
  const { rounds, skipped }: ContestOutcome = await runContest({ ...plan, contestants }, context);
  const summaries = new Map([...rounds].map(([label, list]) => [label, summariseRounds(list)]));
  const rows = [...summaries].map(([label, summary]) =>
    resultRow(label, { summary, summaries, rounds: rounds.get(label) ?? [] }),
  );
  return { name: plan.name, title: plan.title, columns: COLUMNS, rows, skipped, targets: plan.judge(summaries) };
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

function cpuRatio(summaries: Summaries, label: string, reference: string): number {
  const own = summaries.get(label)?.cpuUsPerRequest ?? Number.NaN;
  return own / (summaries.get(reference)?.cpuUsPerRequest ?? Number.NaN);
}
