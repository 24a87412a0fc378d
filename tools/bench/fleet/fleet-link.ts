// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { LOAD_CORE } from '../processes/child.ts';
import type { FleetCommand, FleetReport } from './fleet-messages.ts';

const ENTRY = join(import.meta.dirname, 'fleet-process.ts');
/** Each proxy has the whole index of the mesh, as real ones do, and here they share a heap. */
const HEAP_MIB = 6_144;
const DEADLINE_MS = 420_000;

type ReportOf<Kind extends FleetReport['kind']> = Extract<FleetReport, { readonly kind: Kind }>;

/** A process of proxies, as the run sees it. */
export class FleetLink implements AsyncDisposable {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<FleetReport['kind'], (report: FleetReport) => void>();

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', report => {
      const known = report as FleetReport;
      this.waiting.get(known.kind)?.(known);
      this.waiting.delete(known.kind);
    });
  }

  static async start(logFile: string): Promise<FleetLink> {
    const log = openSync(logFile, 'w');
    const args = ['-c', String(LOAD_CORE), process.execPath, `--max-old-space-size=${HEAP_MIB}`, ENTRY];
    const child = spawn('taskset', args, { stdio: ['ignore', 'ignore', log, 'ipc'] });
    closeSync(log);
    await once(child, 'spawn');
    return new FleetLink(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Tells it something and resolves with the next report of this kind; rejects after seven minutes, on a machine that is too busy for all of this. */
  async ask<Kind extends FleetReport['kind']>(kind: Kind, command?: FleetCommand): Promise<ReportOf<Kind>> {
    const { promise, resolve, reject } = Promise.withResolvers<FleetReport>();
    this.waiting.set(kind, resolve);
    const deadline = setTimeout(
      () => reject(new Error(`no report '${kind}' of the simulated proxies came in time`)),
      DEADLINE_MS,
    );
    if (command !== undefined) this.child.send(command);
    try {
      return (await promise) as ReportOf<Kind>;
    } finally {
      clearTimeout(deadline);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}
