// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';

/** Cores of the measured machine: the proxy alone on one, everything that serves the measurement on the other. */
export const PROXY_CORE = 0;
export const LOAD_CORE = 1;

const STOP_DEADLINE_MS = 5_000;

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly core: number;
  /** What the process says on standard error goes here, for error messages. */
  readonly logFile: string;
}

/** A process that this run started and ends. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Words for an error: what it wrote last. */
  complaint(): string;
  hasExited(): boolean;
}

/** Starts a command on one core, its standard output thrown away: that is where access logs go. */
export async function startChild({ command, args, core, logFile }: Command): Promise<Child> {
  const log = openSync(logFile, 'w');
  const child = spawn('taskset', ['-c', String(core), command, ...args], { stdio: ['ignore', 'ignore', log] });
  closeSync(log);
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} has no process id`);
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    hasExited,
    complaint: () => readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n'),
    async [Symbol.asyncDispose]() {
      if (hasExited()) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      await exited;
      clearTimeout(deadline);
    },
  };
}
