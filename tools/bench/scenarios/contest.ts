// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '../load/backend.ts';
import type { CreateLoad, RunLoad } from '../load/load.ts';
import { measureRound, type Round } from '../measure/throughput.ts';
import type { Peer, Protocol } from '../peers/peer.ts';
import { type Child, PROXY_CORE } from '../processes/child.ts';
import { findFreePort } from '../processes/free-port.ts';
import { waitUntilServing } from '../processes/wait-until-serving.ts';
import type { BenchContext } from './scenario.ts';

export interface Contestant {
  readonly label: string;
  readonly peer: Peer;
  readonly routeCount: number;
  /** In place of the contest's. */
  readonly createLoad?: CreateLoad;
}

/** Several proxies under the same load. */
export interface Contest {
  readonly name: string;
  readonly contestants: readonly Contestant[];
  readonly protocol: Protocol;
  readonly isTls: boolean;
  /** Absent = the backend speaks HTTP/1.1. */
  readonly isBackendHttp2?: boolean;
  /** A backend of its own; absent = the one of all scenarios. */
  readonly startBackend?: (directory: string) => Promise<Backend>;
  readonly createLoad: CreateLoad;
}

export interface ContestOutcome {
  /** By label, in the order of the contestants. */
  readonly rounds: ReadonlyMap<string, readonly Round[]>;
  readonly skipped: readonly string[];
}

interface Entrant {
  readonly label: string;
  readonly child: Child;
  readonly runLoad: RunLoad;
}

interface Race {
  readonly contest: Contest;
  readonly context: BenchContext;
  readonly running: AsyncDisposableStack;
  readonly backendPort: number;
}

/** Starts all contestants, then measures them in turn, round after round, so that a noisy minute hits all of them alike. */
export async function runContest(contest: Contest, context: BenchContext): Promise<ContestOutcome> {
  await using running = new AsyncDisposableStack();
  const skipped: string[] = [];
  const entrants: Entrant[] = [];
  const race: Race = { contest, context, running, backendPort: await findBackend(contest, context, running) };
  for (const contestant of contest.contestants) {
    const missing = contestant.peer.findMissing();
    if (missing === undefined) entrants.push(await enter(contestant, race));
    else skipped.push(`${contestant.label}: ${missing}`);
  }
  const rounds = new Map<string, Round[]>(entrants.map(({ label }) => [label, []]));
  for (let round = 1; round <= context.options.rounds; round++) {
    for (const entrant of entrants) {
      context.say(`${contest.name}: round ${round} of ${context.options.rounds}, ${entrant.label}`);
      rounds.get(entrant.label)?.push(await measureEntrant(entrant, { context, isFirst: round === 1 }));
    }
  }
  return { rounds, skipped };
}

async function findBackend(contest: Contest, context: BenchContext, running: AsyncDisposableStack): Promise<number> {
  if (contest.startBackend === undefined) {
    return contest.isBackendHttp2 === true ? context.backend.http2Port : context.backend.port;
  }
  return running.use(await contest.startBackend(context.makeFolder(`${contest.name}-backend`))).port;
}

async function enter({ label, peer, routeCount, createLoad }: Contestant, race: Race): Promise<Entrant> {
  const { contest, context, running, backendPort } = race;
  const { protocol, isTls, isBackendHttp2 = false } = contest;
  const directory = context.makeFolder(`${contest.name}-${label}`);
  const listenPort = await findFreePort();
  const tls = isTls ? context.tls : undefined;
  const setup = { directory, listenPort, backendPort, routeCount, tls, protocol, isBackendHttp2 };
  const child = running.use(await peer.start(setup));
  await waitUntilServing(child, listenPort);
  const create = createLoad ?? contest.createLoad;
  return { label, child, runLoad: create({ directory, port: listenPort, isTls, routeCount }) };
}

async function measureEntrant(
  { child, runLoad, label }: Entrant,
  { context, isFirst }: { context: BenchContext; isFirst: boolean },
): Promise<Round> {
  const round = await measureRound(child.pid, { runLoad, seconds: context.options.seconds, isFirst });
  if (child.hasExited()) throw new Error(`${label} ended under load on core ${PROXY_CORE}:\n${child.complaint()}`);
  return round;
}
