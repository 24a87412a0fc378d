// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { ProbeClient } from '../load/probe-client.ts';
import { routeTarget } from '../load/route-paths.ts';
import { median } from '../measure/median.ts';
import { weir } from '../peers/weir.ts';
import { EDIT_FIELD, writeRouteFile } from '../peers/weir-documents.ts';
import type { BenchContext, Scenario, ScenarioResult } from './scenario.ts';
import { launchWeir, type WeirProcess } from './weir-process.ts';

const ROUTES = 10_000;
const REPETITIONS = 20;
/** Between two edits: long enough that what an edit leaves behind (old tables, garbage) is part of its window. */
const SETTLE_MS = 300;
const LIVE_DEADLINE_MS = 10_000;
const STEADY_ROUTE = 1;

interface Edits {
  /** From the write of the file to the first answer by it, one an edit. */
  readonly liveMs: readonly number[];
  /** Longest answer to the steady client, one for each edit and what it leaves behind. */
  readonly heldMs: readonly number[];
  /** The same for as many times as long without edits: what machine and measurement add. */
  readonly quietHeldMs: readonly number[];
  /** Until the gateway was ready with all routes. */
  readonly readyMs: number;
}

export const routeChange: Scenario = {
  name: 'change',
  title: `one route of ${ROUTES} changed, each in a file of its own, ${REPETITIONS} times, under a steady client`,
  async run(context) {
    const missing = weir.findMissing();
    if (missing !== undefined) return describe(undefined, [`weir: ${missing}`]);
    context.say(`change: starting with ${ROUTES} routes`);
    await using gateway = await launchWeir(context, { folder: 'change', routeCount: ROUTES });
    return describe(await measureEdits(gateway, context), []);
  },
};

async function measureEdits(gateway: WeirProcess, context: BenchContext): Promise<Edits> {
  using steady = await ProbeClient.open(gateway.listenPort);
  using watcher = await ProbeClient.open(gateway.listenPort);
  const meter = new HoldMeter(steady);
  meter.begin();
  await delay(SETTLE_MS);
  const quietHeldMs: number[] = [];
  const heldMs: number[] = [];
  const liveMs: number[] = [];
  for (let edit = 1; edit <= REPETITIONS; edit++) {
    context.say(`change: ${edit} of ${REPETITIONS}`);
    // Quiet times and edits take turns, so that a noisy minute shows in both.
    meter.takeLongestMs();
    await delay(SETTLE_MS);
    quietHeldMs.push(meter.takeLongestMs());
    liveMs.push(await measureEdit(gateway, { watcher, edit }));
    await delay(SETTLE_MS);
    heldMs.push(meter.takeLongestMs());
  }
  await meter.end();
  return { liveMs, heldMs, quietHeldMs, readyMs: gateway.readyMs };
}

async function measureEdit(gateway: WeirProcess, { watcher, edit }: { watcher: ProbeClient; edit: number }): Promise<number> {
  const index = (edit * 997) % ROUTES;
  const expected = `\n${EDIT_FIELD}: ${edit}`;
  const writtenMs = performance.now();
  writeRouteFile(gateway.documents, index, edit);
  for (;;) {
    const { head } = await watcher.ask(routeTarget(index));
    const elapsedMs = performance.now() - writtenMs;
    if (head.includes(expected)) return elapsedMs;
    if (elapsedMs > LIVE_DEADLINE_MS) throw new Error(`edit ${edit} of route ${index} was not live within ten seconds`);
  }
}

/** Keeps one connection busy and remembers the longest answer. */
class HoldMeter {
  private readonly client: ProbeClient;
  private longestMs = 0;
  private isRunning = false;
  private done: Promise<void> = Promise.resolve();

  constructor(client: ProbeClient) {
    this.client = client;
  }

  begin(): void {
    this.isRunning = true;
    this.done = this.keepAsking();
  }

  /** Longest since the last call. */
  takeLongestMs(): number {
    const longestMs = this.longestMs;
    this.longestMs = 0;
    return longestMs;
  }

  async end(): Promise<void> {
    this.isRunning = false;
    await this.done;
  }

  private async keepAsking(): Promise<void> {
    while (this.isRunning) {
      const { tookMs } = await this.client.ask(routeTarget(STEADY_ROUTE));
      this.longestMs = Math.max(this.longestMs, tookMs);
    }
  }
}

function describe(edits: Edits | undefined, skipped: readonly string[]): ScenarioResult {
  const { liveMs = [], heldMs = [], quietHeldMs = [], readyMs = Number.NaN } = edits ?? {};
  const cells = [
    median(liveMs),
    longest(liveMs),
    median(heldMs),
    longest(heldMs),
    median(quietHeldMs),
    longest(quietHeldMs),
    readyMs,
  ];
  const row = { label: 'weir', cells: cells.map(ms => ms.toFixed(1)), numbers: { liveMs, heldMs, quietHeldMs, readyMs } };
  return {
    name: routeChange.name,
    title: routeChange.title,
    columns: [
      'gateway',
      'live p50 ms',
      'live longest',
      'held p50 ms',
      'held longest',
      'held without edits p50 ms',
      'held without edits longest',
      'ready at start ms',
    ],
    rows: edits === undefined ? [] : [row],
    targets: [
      { text: 'live after, longest, ms', limit: 50, value: longest(liveMs) },
      { text: 'longest held request, ms', limit: 10, value: longest(heldMs) },
    ],
    skipped,
  };
}

function longest(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values);
}
