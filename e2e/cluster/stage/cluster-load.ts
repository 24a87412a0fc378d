// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { waitFor } from '@weir/testing';
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
}

export interface ClusterLoadReport {
  readonly requests: number;
  /** Not answered, or not with 200. */
  readonly failed: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** How many answers were whose, where `echo.mjs` answers. */
  readonly pods: Readonly<Record<string, number>>;
  readonly longestMs: number;
  /** Of failures, with when they were. */
  readonly examples: readonly string[];
}

type LoadProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Requests that go on, from within the cluster, until they are stopped. */
export class ClusterLoad implements AsyncDisposable {
  private readonly child: LoadProcess;
  private readonly closed: Promise<unknown>;
  private latest: ClusterLoadReport | undefined;
  private errors = '';

  constructor(child: LoadProcess) {
    this.child = child;
    this.closed = once(child, 'close');
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    createInterface({ input: child.stdout }).on('line', line => (this.latest = JSON.parse(line) as ClusterLoadReport));
  }

  /** What came of it so far. */
  get report(): ClusterLoadReport {
    if (this.latest === undefined) throw new Error(`the load has not said anything yet\n${this.errors}`);
    return this.latest;
  }

  /** Waits until so many more were answered than now. */
  async goesOnFor(requests: number): Promise<void> {
    const before = this.latest?.requests ?? 0;
    const what = (): string => `${requests} more requests of the load after ${before}\n${this.errors}`;
    await waitFor(() => this.report.requests >= before + requests, { what, timeoutMs: 30_000 });
  }

  /** Lets those that are under way end, and says what came of all. */
  async stop(): Promise<ClusterLoadReport> {
    this.child.stdin.end();
    await this.closed;
    return this.report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin.end();
    await this.closed;
  }
}

/** Begins with a load from a pod that `startClient` started. */
export async function startClusterLoad(namespace: TestNamespace, plan: LoadPlan, pod = 'client'): Promise<ClusterLoad> {
  const place = ['--namespace', namespace.name, 'exec', '--stdin', pod, '--container', 'app'];
  const words = [...place, '--', 'node', '/programs/load.mjs', JSON.stringify(plan)];
  const load = new ClusterLoad(spawn('kubectl', words, { stdio: ['pipe', 'pipe', 'pipe'] }));
  await load.goesOnFor(1);
  return load;
}

/** What came of requests that were sent before, while and after something was done; a line says it to who looks. */
export async function underLoad(
  what: string,
  { load, work }: { readonly load: Promise<ClusterLoad>; readonly work: () => Promise<unknown> },
): Promise<ClusterLoadReport> {
  await using running = await load;
  await running.goesOnFor(100);
  await work();
  await running.goesOnFor(200);
  const report = await running.stop();
  const { requests, failed, longestMs, examples } = report;
  console.log(`${what}: ${failed} of ${requests} failed, the longest took ${Math.round(longestMs)} ms`, ...examples);
  return report;
}
