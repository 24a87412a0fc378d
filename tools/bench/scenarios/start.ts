// SPDX-License-Identifier: Apache-2.0
import { median } from '../measure/median.ts';
import { findWeirEntry, isBundle, weir } from '../peers/weir.ts';
import type { BenchContext, Scenario, ScenarioResult } from './scenario.ts';
import { launchWeir } from './weir-process.ts';

const ROUTES = 10;
const REPETITIONS = 10;

export const start: Scenario = {
  name: 'start',
  title: `from the start of the process to /readyz, ${ROUTES} routes, ${REPETITIONS} times`,
  async run(context) {
    const missing = weir.findMissing();
    if (missing !== undefined) return describe([], [`weir: ${missing}`]);
    const readyMs: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      context.say(`start: ${repetition + 1} of ${REPETITIONS}`);
      readyMs.push(await measureStart(context, repetition));
    }
    return describe(readyMs, []);
  },
};

async function measureStart(context: BenchContext, repetition: number): Promise<number> {
  await using gateway = await launchWeir(context, { folder: `start-${repetition}`, routeCount: ROUTES });
  return gateway.readyMs;
}

function describe(readyMs: readonly number[], skipped: readonly string[]): ScenarioResult {
  const p50Ms = median(readyMs);
  const entry = findWeirEntry();
  const label =
    entry !== undefined && isBundle(entry) ? 'weir (built bundle)' : 'weir (from sources: build it for the real number)';
  const longestMs = Math.max(...readyMs);
  const row = { label, cells: [p50Ms.toFixed(0), longestMs.toFixed(0)], numbers: { p50Ms, longestMs, readyMs } };
  return {
    name: start.name,
    title: start.title,
    columns: ['gateway', 'p50 ms', 'longest ms'],
    rows: readyMs.length === 0 ? [] : [row],
    targets: [{ text: 'ready after, ms', limit: 500, value: p50Ms }],
    skipped,
  };
}
