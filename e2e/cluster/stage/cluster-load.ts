// SPDX-License-Identifier: Apache-2.0
import { ReportingProgram } from './reporting-program.ts';
import type { TestNamespace } from './test-namespace.ts';

export interface LoadPlan {
  readonly url: string;
  /** Value of the Host field; that of the URL unless said. */
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests at a time, each over a connection of its own; 8 unless said. */
  readonly concurrency?: number;
  /** False: a connection for each request. */
  readonly keepAlive?: boolean;
  /** After each answer, on its connection; 0 unless said. */
  readonly pauseMs?: number;
  /** How long nothing may come for an answer; 10 s unless said. */
  readonly timeoutMs?: number;
  /** At its end requests under way are given up. */
  readonly isAbrupt?: boolean;
}

export interface ClusterLoadReport {
  readonly requests: number;
  /** Not answered, or not with 200. */
  readonly failed: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** How many answers were whose, where `echo.mjs` answers. */
  readonly pods: Readonly<Record<string, number>>;
  /** The same of revisions, where `revision.mjs` answers. */
  readonly revisions: Readonly<Record<string, number>>;
  readonly longestMs: number;
  /** Of failures, with when they were. */
  readonly examples: readonly string[];
}

/** Requests that go on until they are stopped. */
export interface RunningLoad extends AsyncDisposable {
  /** Waits until so many more were answered than now. */
  goesOnFor: (requests: number) => Promise<void>;
  /** Lets those that are under way end, and says what came of all. */
  stop: () => Promise<ClusterLoadReport>;
}

/** For the first of some requests. */
const TIMEOUT_MS = 30_000;
/** For each of them: a machine that does something else besides still answers a hundred a second. */
const SLOWEST_MS = 10;

/** Begins with a load from a pod that `startClient` started, for as long as the connection to it lasts. */
export async function startClusterLoad(namespace: TestNamespace, plan: LoadPlan, pod = 'client'): Promise<ClusterLoad> {
  const load = new ClusterLoad(await ReportingProgram.start<ClusterLoadReport>({ namespace, pod }, 'load.mjs', plan));
  await load.goesOnFor(1);
  return load;
}

export class ClusterLoad implements RunningLoad {
  private readonly program: ReportingProgram<ClusterLoadReport>;

  constructor(program: ReportingProgram<ClusterLoadReport>) {
    this.program = program;
  }

  /** What came of it so far. */
  get report(): ClusterLoadReport {
    return this.program.report;
  }

  async goesOnFor(requests: number): Promise<void> {
    const before = this.report.requests;
    const what = `${requests} more requests after ${before}`;
    await this.program.until(report => report.requests >= before + requests, what, TIMEOUT_MS + requests * SLOWEST_MS);
  }

  stop(): Promise<ClusterLoadReport> {
    return this.program.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program[Symbol.asyncDispose]();
  }
}

/** What came of requests that were sent before, while and after something was done; a line says it to who looks. */
export async function underLoad(
  what: string,
  { load, work }: { readonly load: Promise<RunningLoad>; readonly work: () => Promise<unknown> },
): Promise<ClusterLoadReport> {
  await using running = await load;
  await running.goesOnFor(100);
  await work();
  await running.goesOnFor(200);
  const report = await running.stop();
  tellReport(what, report);
  return report;
}

/** A line for who looks. */
export function tellReport(what: string, { requests, failed, longestMs, examples }: ClusterLoadReport): void {
  console.log(`${what}: ${failed} of ${requests} failed, the longest took ${Math.round(longestMs)} ms`, ...examples);
}
