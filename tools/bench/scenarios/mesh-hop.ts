// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { ProbeClient } from '../load/probe-client.ts';
import { askSteadily } from '../load/steady-rate.ts';
import { median } from '../measure/median.ts';
import { percentile } from '../measure/percentile.ts';
import { readLargestRssBytes } from '../measure/process-tree.ts';
import { settleRss } from '../measure/settle.ts';
import { startWeirMesh, weirMesh } from '../peers/mesh-weir.ts';
import type { WeirMesh } from '../peers/mesh-weir.ts';
import type { PeerSetup } from '../peers/peer.ts';
import { findFreePort } from '../processes/free-port.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import type { BenchContext, Scenario, ScenarioResult } from './scenario.ts';

const PER_SECOND = 1000;
const TARGET = '/';
const WARM_UP_SECONDS = 5;
const STARTS = 5;
const MANY_SERVICES = 1000;
const MEBIBYTE = 1_048_576;
const FIRST_ANSWER_MS = 30_000;

interface Hop {
  /** Of each round, in milliseconds: what the two sidecars add. */
  readonly addedP50Ms: readonly number[];
  readonly addedP99Ms: readonly number[];
  /** Resident memory of the larger of two sidecars before the first request, in MiB. */
  readonly idleMiB: number;
  readonly manyServicesMiB: number;
  readonly readyMs: readonly number[];
}

/** What a hop through two sidecars costs in time, and a sidecar in memory. */
export const meshHop: Scenario = {
  name: 'mesh-hop',
  title: `two sidecars with mutual TLS between them: what they add at ${PER_SECOND} requests/s, memory of one, ${STARTS} starts of one`,
  async run(context) {
    const missing = weirMesh.findMissing();
    return missing === undefined ? describe(await measure(context), []) : describe(undefined, [`weir: ${missing}`]);
  },
};

async function measure(context: BenchContext): Promise<Hop> {
  context.say(`mesh-hop: memory with ${MANY_SERVICES} Services`);
  const manyServicesMiB = await idleMiBOf(context, MANY_SERVICES);
  context.say('mesh-hop: memory');
  const idleMiB = await idleMiBOf(context, 1);
  const setup = await setupOf(context, 'mesh-hop');
  await using mesh = await startWeirMesh(setup, 1);
  await firstAnswer(setup.listenPort);
  const { rounds, seconds } = context.options;
  const rate = { perSecond: PER_SECOND, seconds, target: TARGET };
  // Code that has just begun to run is compiled meanwhile.
  await askSteadily(setup.listenPort, { ...rate, seconds: WARM_UP_SECONDS });
  const [addedP50Ms, addedP99Ms]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    context.say(`mesh-hop: round ${round} of ${rounds}`);
    const direct = await askSteadily(setup.backendPort, rate);
    const hop = await askSteadily(setup.listenPort, rate);
    addedP50Ms.push(percentile(hop, 0.5) - percentile(direct, 0.5));
    addedP99Ms.push(percentile(hop, 0.99) - percentile(direct, 0.99));
  }
  return { addedP50Ms, addedP99Ms, idleMiB, manyServicesMiB, readyMs: await measureStarts(mesh, context) };
}

async function setupOf(context: BenchContext, folder: string): Promise<PeerSetup> {
  return {
    directory: context.makeFolder(folder),
    listenPort: await findFreePort(),
    backendPort: context.backend.port,
    ...{ routeCount: 1, tls: undefined, protocol: 'http1', isBackendHttp2: false },
  };
}

async function idleMiBOf(context: BenchContext, serviceCount: number): Promise<number> {
  const setup = await setupOf(context, `mesh-hop-${serviceCount}`);
  await using mesh = await startWeirMesh(setup, serviceCount);
  return (await settleRss(mesh.pid, readLargestRssBytes)) / MEBIBYTE;
}

/** The caller's sidecar may listen before it knows the Service. */
async function firstAnswer(port: number): Promise<void> {
  const deadlineMs = performance.now() + FIRST_ANSWER_MS;
  for (;;) {
    try {
      using client = await ProbeClient.open(port);
      const { head } = await client.ask(TARGET);
      if (head.startsWith('http/1.1 200')) return;
    } catch (reason) {
      if (performance.now() > deadlineMs) throw reason;
    }
    await delay(20);
  }
}

async function measureStarts(mesh: WeirMesh, context: BenchContext): Promise<readonly number[]> {
  const readyMs: number[] = [];
  for (let start = 1; start <= STARTS; start++) {
    context.say(`mesh-hop: start ${start} of ${STARTS}`);
    const metricsPort = await findFreePort();
    const startedMs = performance.now();
    await using sidecar = await mesh.startAnother(metricsPort);
    await waitUntilReady(sidecar, metricsPort);
    readyMs.push(performance.now() - startedMs);
  }
  return readyMs;
}

function describe(hop: Hop | undefined, skipped: readonly string[]): ScenarioResult {
  const addedP50Ms = median(hop?.addedP50Ms ?? []);
  const addedP99Ms = median(hop?.addedP99Ms ?? []);
  const { idleMiB = Number.NaN, manyServicesMiB = Number.NaN } = hop ?? {};
  const readyMs = median(hop?.readyMs ?? []);
  const cells = [
    addedP50Ms.toFixed(2),
    addedP99Ms.toFixed(2),
    idleMiB.toFixed(0),
    manyServicesMiB.toFixed(0),
    readyMs.toFixed(0),
  ];
  const numbers = { addedP50Ms, addedP99Ms, idleMiB, manyServicesMiB, readyMs };
  return {
    name: meshHop.name,
    title: meshHop.title,
    columns: ['proxies', 'added p50 ms', 'added p99 ms', 'RSS MiB of one', `with ${MANY_SERVICES} Services`, 'ready ms'],
    rows: hop === undefined ? [] : [{ label: 'weir', cells, numbers }],
    skipped,
    targets: [
      { text: 'added p50, ms', limit: 0.3, value: addedP50Ms },
      { text: 'added p99, ms', limit: 2, value: addedP99Ms },
      { text: 'RSS of a sidecar, MiB', limit: 85, value: idleMiB },
      { text: `RSS of a sidecar with ${MANY_SERVICES} Services in the mesh, MiB`, limit: 95, value: manyServicesMiB },
      { text: 'a sidecar ready after, ms', limit: 700, value: readyMs },
    ],
  };
}
