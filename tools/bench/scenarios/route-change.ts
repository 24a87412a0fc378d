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
  /** Longest answer to the steady client while edits went on. */
  readonly heldMs: number;
  /** The same for as long a time without edits: what machine and measurement add. */
  readonly quietHeldMs: number;
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
  meter.takeLongestMs();
  await delay(REPETITIONS * SETTLE_MS);
  const quietHeldMs = meter.takeLongestMs();
  const liveMs: number[] = [];
  for (let edit = 1; edit <= REPETITIONS; edit++) {
    context.say(`change: ${edit} of ${REPETITIONS}`);
    liveMs.push(await measureEdit(gateway, { watcher, edit }));
    await delay(SETTLE_MS);
  }
  const heldMs = meter.takeLongestMs();
  await meter.end();
  return { liveMs, heldMs, quietHeldMs };
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
  const p50Ms = median(edits?.liveMs ?? []);
  const longestMs = edits === undefined ? Number.NaN : Math.max(...edits.liveMs);
  const heldMs = edits?.heldMs ?? Number.NaN;
  const quietHeldMs = edits?.quietHeldMs ?? Number.NaN;
  const cells = [p50Ms, longestMs, heldMs, quietHeldMs].map(ms => ms.toFixed(1));
  const row = { label: 'weir', cells, numbers: { p50Ms, longestMs, heldMs, quietHeldMs, liveMs: edits?.liveMs ?? [] } };
  return {
    name: routeChange.name,
    title: routeChange.title,
    columns: ['gateway', 'live p50 ms', 'live longest ms', 'longest held ms', 'longest held, no edits, ms'],
    rows: edits === undefined ? [] : [row],
    targets: [
      { text: 'live after, longest, ms', limit: 50, value: longestMs },
      { text: 'longest held request, ms', limit: 10, value: heldMs },
    ],
    skipped,
  };
}
