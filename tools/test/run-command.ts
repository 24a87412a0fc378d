// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';

interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the command and all that it started. */
  readonly signal: AbortSignal;
}

/** What a shell says of a command that it cannot find. */
const NOT_STARTED = 127;

/** How long a command that was asked to end may take before it is killed. */
const GRACE_MS = 5000;

/** Runs a command in a process group of its own, so that nothing that it starts outlives it. Exit code; undefined = by a signal. */
export async function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env, signal }: RunOptions,
): Promise<number | undefined> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const kill = (name: NodeJS.Signals): void => {
    try {
      // A negative id is the group; without a pid the program was not found and 'error' says so.
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group has already ended.
    }
  };
  const stop = (): void => {
    kill('SIGTERM');
    setTimeout(() => kill('SIGKILL'), GRACE_MS).unref();
  };
  const interrupt = (): void => {
    kill('SIGKILL');
    process.exit(130);
  };
  signal.addEventListener('abort', stop, { once: true });
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await new Promise(resolve => {
      child.once('error', error => {
        process.stdout.write(`${program} could not be started: ${error.message}\n`);
        resolve(NOT_STARTED);
      });
      child.once('exit', code => resolve(code ?? undefined));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    kill('SIGKILL');
  }
}
