// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { type Cost, FleetBench } from '../fleet/fleet-bench.ts';
import { SERVICES, SHARED_SERVICES } from '../fleet/fleet-plan.ts';
import type { ServiceIndex } from '../fleet/fleet-plan.ts';
import { percentile } from '../measure/percentile.ts';
import { settleRss } from '../measure/settle.ts';
import { weir } from '../peers/weir.ts';
import type { BenchContext, ResultRow, Scenario, ScenarioResult, Target } from './scenario.ts';

/** Of each kind. */
const CHANGES = 20;
/** Between two changes: what one leaves behind is over. */
const PAUSE_MS = 300;
const CHANGES_A_SECOND = 10;
const STEADY_SECONDS = 30;
const MEGABYTE = 1_000_000;

/** Of several changes of one kind. */
interface Latencies {
  readonly label: string;
  /** From the write of a file to each acknowledgement. */
  readonly ms: readonly number[];
  readonly costs: readonly Cost[];
}

interface Measured {
  readonly shared: Latencies;
  readonly few: Latencies;
  readonly policy: Latencies;
  readonly steady: Cost;
  /** After the steady changes, and of the process that was started anew. */
  readonly rssBytes: readonly [steady: number, restarted: number];
  readonly restart: Cost;
  readonly settledMs: number;
}

export const controlPlane: Scenario = {
  name: 'control-plane',
  title: `${SERVICES} services with 10 endpoints each, simulated proxies over mutual TLS that use 20 of them, ${SHARED_SERVICES} of which all do`,
  async run(context) {
    const missing = weir.findMissing();
    if (missing !== undefined) return describe(undefined, context);
    await using bench = await FleetBench.open({
      directory: context.makeFolder('control-plane'),
      proxyCount: context.options.proxies,
      say: text => context.say(`control-plane: ${text}`),
    });
    await settleRss(bench.pid);
    return describe(await measureAll(bench, context), context);
  },
};

async function measureAll(bench: FleetBench, context: BenchContext): Promise<Measured> {
  const changes = new Changes(bench, context);
  const shared = await changes.measure('endpoint, service of all', index => bench.changeEndpoints(index % SHARED_SERVICES));
  const few = await changes.measure('endpoint, service of few', index => bench.changeEndpoints(unsharedService(index)));
  const policy = await changes.measure('policy, service of all', index => bench.changePolicy(index % SHARED_SERVICES));
  context.say(`control-plane: ${CHANGES_A_SECOND} changes a second for ${STEADY_SECONDS} s`);
  const steady = await bench.costOf(() => bench.changeSteadily(CHANGES_A_SECOND, STEADY_SECONDS));
  const steadyBytes = bench.rssBytes;
  context.say('control-plane: kill and restart');
  let settledMs = Number.NaN;
  const restart = await bench.costOf(async () => {
    settledMs = await bench.restart();
  });
  return { shared, few, policy, steady, rssBytes: [steadyBytes, bench.rssBytes], restart, settledMs };
}

/** One that only some proxies use, and at each turn another one. */
function unsharedService(turn: number): ServiceIndex {
  return SHARED_SERVICES + ((turn * CHANGES) % (SERVICES - SHARED_SERVICES));
}

class Changes {
  private readonly bench: FleetBench;
  private readonly context: BenchContext;

  constructor(bench: FleetBench, context: BenchContext) {
    this.bench = bench;
    this.context = context;
  }

  /** Makes changes one after the other, each once the one before has arrived everywhere. */
  async measure(label: string, change: (index: number) => Promise<readonly number[]>): Promise<Latencies> {
    const ms: number[] = [];
    const costs: Cost[] = [];
    for (let index = 0; index < CHANGES; index++) {
      await delay(PAUSE_MS);
      let arrivedMs: readonly number[] = [];
      costs.push(
        await this.bench.costOf(async () => {
          arrivedMs = await change(index);
        }),
      );
      ms.push(...arrivedMs);
      const text = `p50 ${percentile(arrivedMs, 0.5).toFixed(0)} ms, longest ${percentile(arrivedMs, 1).toFixed(0)} ms`;
      this.context.say(`control-plane: ${label}, ${index + 1} of ${CHANGES}: ${text}`);
    }
    return { label, ms, costs };
  }
}

function describe(measured: Measured | undefined, { options }: BenchContext): ScenarioResult {
  return {
    name: controlPlane.name,
    title: `${controlPlane.title}; ${options.proxies} proxies`,
    columns: [
      'change',
      'acks',
      'p50 ms',
      'p99 ms',
      'longest ms',
      'control plane, cores',
      'its CPU µs/ack',
      'its RSS MB',
      'proxies, cores',
    ],
    rows: measured === undefined ? [] : rowsOf(measured),
    targets: measured === undefined ? [] : targetsOf(measured),
    skipped: measured === undefined ? [`weir: ${weir.findMissing() ?? ''}`] : [],
  };
}

function rowsOf({ shared, few, policy, steady, rssBytes, restart, settledMs }: Measured): readonly ResultRow[] {
  const [steadyMb, restartedMb] = rssBytes.map(bytes => bytes / MEGABYTE);
  return [
    ...[shared, few, policy].map(rowOf),
    costRow(`${CHANGES_A_SECOND} endpoints a second`, steady, { rssMb: steadyMb ?? Number.NaN }),
    costRow('kill and restart', restart, { rssMb: restartedMb ?? Number.NaN, longestMs: settledMs }),
  ];
}

function rowOf({ label, ms, costs }: Latencies): ResultRow {
  const latencies = [0.5, 0.99, 1].map(share => percentile(ms, share));
  const tookMs = costs.reduce((sum, cost) => sum + cost.tookMs, 0);
  const usedMs = costs.reduce((sum, cost) => sum + cost.controlPlaneCores * cost.tookMs, 0);
  const proxiesMs = costs.reduce((sum, cost) => sum + cost.proxyCores * cost.tookMs, 0);
  const perAckUs = (usedMs / ms.length) * 1_000;
  const cores = [usedMs / tookMs, proxiesMs / tookMs].map(each => each.toFixed(2));
  const cells = [
    String(ms.length),
    ...latencies.map(each => each.toFixed(0)),
    cores[0] ?? '',
    perAckUs.toFixed(0),
    '',
    cores[1] ?? '',
  ];
  return { label, cells, numbers: { latencies, perAckUs, controlPlaneCores: usedMs / tookMs, proxyCores: proxiesMs / tookMs } };
}

function costRow(
  label: string,
  { controlPlaneCores, proxyCores }: Cost,
  { rssMb, longestMs }: { readonly rssMb: number; readonly longestMs?: number },
): ResultRow {
  const longest = longestMs?.toFixed(0) ?? '';
  const cells = ['', '', '', longest, controlPlaneCores.toFixed(2), '', rssMb.toFixed(0), proxyCores.toFixed(2)];
  return { label, cells, numbers: { controlPlaneCores, proxyCores, rssMb, ...(longestMs === undefined ? {} : { longestMs }) } };
}

function targetsOf({ shared, few, policy, steady, rssBytes: [steadyBytes], settledMs }: Measured): readonly Target[] {
  return [
    { text: 'endpoint of a service that all use, p99, ms', limit: 200, value: percentile(shared.ms, 0.99) },
    { text: 'endpoint of a service that few use, p99, ms', limit: 200, value: percentile(few.ms, 0.99) },
    { text: 'policy of a service that all use, p99, ms', limit: 500, value: percentile(policy.ms, 0.99) },
    { text: `control plane at ${CHANGES_A_SECOND} endpoint changes a second, cores`, limit: 1, value: steady.controlPlaneCores },
    { text: 'its resident memory then, MB', limit: 1_000, value: steadyBytes / MEGABYTE },
    { text: 'all current after a kill and restart, s', limit: 30, value: settledMs / 1_000 },
  ];
}
