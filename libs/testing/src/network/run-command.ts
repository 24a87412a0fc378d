// SPDX-License-Identifier: Apache-2.0
import { Child } from '../process/child.ts';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runCommand(command: readonly [string, ...string[]]): Promise<CommandResult> {
  await using child = new Child(command);
  const { code } = await child.exited;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

/** Runs a command that has to succeed, and gives its output. */
export async function mustRun(command: readonly [string, ...string[]]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}: ${stderr.trim()}`);
  return stdout;
}
