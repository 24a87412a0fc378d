// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { text as readText } from 'node:stream/consumers';

export interface ProgramOptions {
  readonly input?: string;
  /** Of the repository unless said. */
  readonly cwd?: string;
}

/** Runs a program that has to succeed, and gives its standard output. The error of one that does not has all that it said. */
export async function runProgram(
  [program, ...words]: readonly [string, ...string[]],
  { input = '', cwd = `${import.meta.dirname}/../../..` }: ProgramOptions = {},
): Promise<string> {
  const child = spawn(program, words, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  // What does not read its input closes it, which is no error.
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([readText(child.stdout), readText(child.stderr), ended]);
  if (code === 0) return stdout;
  throw new Error(
    `${[program, ...words].join(' ').slice(0, 400)}\nended with ${code ?? 'a signal'}: ${stderr.trim()}\n${stdout.trim()}`,
  );
}

/** `kubectl`, with the cluster that KUBECONFIG names. */
export function kubectl(words: readonly string[], input?: string): Promise<string> {
  return runProgram(['kubectl', ...words], input === undefined ? {} : { input });
}
