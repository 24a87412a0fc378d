// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { waitFor } from '../wait-for.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly cwd?: string;
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A child process with everything that it printed. It is killed where its scope ends before it does. */
export class Child implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly exited: Promise<Exit>;
  /** Standard output so far. */
  stdout = '';
  /** Standard error so far. */
  stderr = '';

  constructor(command: readonly [string, ...string[]], { cwd, env = {} }: ChildOptions = {}) {
    // env(1) adds to the environment and then becomes the command itself, under the same process id.
    const additions = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    this.process = spawn('env', [...additions, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve, reject) => {
      this.process.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
    });
    // Whoever needs the error awaits `exited`; nobody has to.
    this.exited.catch(() => undefined);
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('the process was not started');
    return this.process.pid;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** What it printed, for messages. */
  get output(): string {
    return `--- stdout (last part)\n${this.stdout.slice(-2000)}\n--- stderr (last part)\n${this.stderr.slice(-4000)}`;
  }

  /** Waits until standard error has a match, and gives it. */
  sees(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    return waitFor(() => pattern.exec(this.stderr), {
      what: () => `${String(pattern)} on standard error\n${this.output}`,
      timeoutMs,
    });
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<Exit> {
    this.process.kill(signal);
    await waitFor(() => !this.isRunning, {
      what: () => `the end of process ${this.pid} after ${signal}\n${this.output}`,
      timeoutMs,
    });
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return;
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
