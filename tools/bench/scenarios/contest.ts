// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { writeLoadScript } from '../load/wrk.ts';
import { measureRound, type Round } from '../measure/throughput.ts';
import type { Peer } from '../peers/peer.ts';
import { type Child, PROXY_CORE } from '../processes/child.ts';
import { findFreePort } from '../processes/free-port.ts';
import { waitUntilServing } from '../processes/wait-until-serving.ts';
import type { BenchContext } from './scenario.ts';

export interface Contestant {
  readonly label: string;
  readonly peer: Peer;
  readonly routeCount: number;
}

/** Several proxies under the same load. */
export interface Contest {
  readonly name: string;
  readonly contestants: readonly Contestant[];
  readonly connections: number;
  readonly isTls: boolean;
  /** Connections are carried whole. */
  readonly isTcp?: boolean;
  /** A new connection for each request. */
  readonly closes: boolean;
  /** What all requests ask for; absent = they go over all routes in turn. */
  readonly target?: string;
}

export interface ContestOutcome {
  /** By label, in the order of the contestants. */
  readonly rounds: ReadonlyMap<string, readonly Round[]>;
  readonly skipped: readonly string[];
}

interface Entrant {
  readonly label: string;
  readonly child: Child;
  readonly url: string;
  readonly scriptFile: string;
}

/** Starts all contestants, then measures them in turn, round after round, so that a noisy minute hits all of them alike. */
export async function runContest(contest: Contest, context: BenchContext): Promise<ContestOutcome> {
  await using running = new AsyncDisposableStack();
  const skipped: string[] = [];
  const entrants: Entrant[] = [];
  for (const contestant of contest.contestants) {
    const missing = contestant.peer.findMissing();
    if (missing === undefined) entrants.push(await enter(contestant, { contest, context, running }));
    else skipped.push(`${contestant.label}: ${missing}`);
  }
  const rounds = new Map<string, Round[]>(entrants.map(({ label }) => [label, []]));
  for (let round = 1; round <= context.options.rounds; round++) {
    for (const entrant of entrants) {
      context.say(`${contest.name}: round ${round} of ${context.options.rounds}, ${entrant.label}`);
      rounds.get(entrant.label)?.push(await measureEntrant(entrant, { contest, context, isFirst: round === 1 }));
    }
  }
  return { rounds, skipped };
}

async function enter(
  { label, peer, routeCount }: Contestant,
  { contest, context, running }: { contest: Contest; context: BenchContext; running: AsyncDisposableStack },
): Promise<Entrant> {
  const directory = context.makeFolder(`${contest.name}-${label}`);
  const scriptFile = join(directory, 'load.lua');
  const { closes, target } = contest;
  writeLoadScript(scriptFile, { routeCount, closes, ...(target === undefined ? {} : { target }) });
  const listenPort = await findFreePort();
  const tls = contest.isTls ? context.tls : undefined;
  const child = running.use(
    await peer.start({ directory, listenPort, backendPort: context.backendPort, routeCount, tls, isTcp: contest.isTcp ?? false }),
  );
  await waitUntilServing(child, listenPort);
  return { label, child, url: `${contest.isTls ? 'https' : 'http'}://localhost:${listenPort}/`, scriptFile };
}

async function measureEntrant(
  entrant: Entrant,
  { contest, context, isFirst }: { contest: Contest; context: BenchContext; isFirst: boolean },
): Promise<Round> {
  const { child, url, scriptFile, label } = entrant;
  const load = { url, connections: contest.connections, seconds: context.options.seconds, scriptFile };
  const round = await measureRound(child.pid, load, isFirst);
  if (child.hasExited()) throw new Error(`${label} ended under load on core ${PROXY_CORE}:\n${child.complaint()}`);
  return round;
}
