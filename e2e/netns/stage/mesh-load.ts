// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { waitFor } from '@weir/testing';
import type { Child, Host } from '@weir/testing';

const PROGRAM = fileURLToPath(new URL('steady-load.ts', import.meta.url));

/** What came of a load. */
export interface LoadCounts {
  readonly succeededCount: number;
  /** Sent once more by the application, as an idle connection to its own sidecar had just ended. */
  readonly resentCount: number;
  readonly slowestMs: number;
  /** `METHOD: reason`, with how often. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Steady load of an application on a machine of the network. */
export class MeshLoad implements AsyncDisposable {
  private readonly child: Child;

  private constructor(child: Child) {
    this.child = child;
  }

  /** Resolves when the first answers are there. */
  static async start(
    host: Host,
    at: { readonly address: string; readonly port: number; readonly userId: number },
  ): Promise<MeshLoad> {
    const command = [process.execPath, PROGRAM, at.address, String(at.port)] as const;
    const load = new MeshLoad(host.run(command, { userId: at.userId }));
    await load.goOn();
    return load;
  }

  /** Counts so far. */
  get counts(): LoadCounts {
    const lines = this.child.stdout.split('\n');
    // Behind the last line feed there is nothing, or a line that is still being written.
    const last = lines.at(-2);
    return last === undefined
      ? { succeededCount: 0, resentCount: 0, slowestMs: 0, failures: {} }
      : (JSON.parse(last) as LoadCounts);
  }

  get failedCount(): number {
    return Object.values(this.counts.failures).reduce((sum, count) => sum + count, 0);
  }

  /** Waits until nothing was answered for a while. */
  async fallsSilent(forMs: number): Promise<void> {
    let [count, sinceMs] = [-1, 0];
    const isSilent = (): boolean => {
      const { succeededCount } = this.counts;
      if (succeededCount !== count) [count, sinceMs] = [succeededCount, performance.now()];
      return performance.now() - sinceMs > forMs;
    };
    await waitFor(isSilent, { what: `${forMs} ms without an answer`, timeoutMs: 30_000 });
  }

  /** Waits for so many answers more than there are now. */
  async goOn(moreCount = 20): Promise<void> {
    const wanted = this.counts.succeededCount + moreCount;
    const what = (): string => `${wanted} answers: ${JSON.stringify(this.counts)}\n${this.child.stderr.slice(-1000)}`;
    await waitFor(() => this.counts.succeededCount >= wanted, { what, timeoutMs: 30_000 });
  }

  /** Lets what has begun come to its end. */
  async stop(): Promise<LoadCounts> {
    await this.child.stop('SIGTERM', 30_000);
    return this.counts;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.child[Symbol.asyncDispose]();
  }
}
