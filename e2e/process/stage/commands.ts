// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { Child } from '@weir/testing';

/** Whether a program is not installed; tests that need it are skipped then, and say so in their names. */
export function isMissing(command: string, flag = '--version'): boolean {
  return spawnSync(command, [flag]).error !== undefined;
}

/** Runs a program to its end, and gives its standard output. Throws where it fails. */
export async function run(...command: readonly [string, ...string[]]): Promise<string> {
  await using child = new Child(command);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}\n${child.output}`);
  return child.stdout;
}

/** What a line of shell prints, both outputs in one, whether it succeeds or not. */
export async function shell(line: string): Promise<string> {
  await using child = new Child(['sh', '-c', `{ ${line}; } 2>&1`]);
  await child.exited;
  return child.stdout;
}
