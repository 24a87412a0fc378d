// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { text as readText } from 'node:stream/consumers';

export interface ProgramOptions {
  readonly input?: string;
  /** Of the repository unless said. */
  readonly cwd?: string;
}

export interface ProgramEnd {
  /** Null = by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever that is. */
export async function endOfProgram(
  [program, ...words]: readonly [string, ...string[]],
  { input = '', cwd = `${import.meta.dirname}/../../..` }: ProgramOptions = {},
): Promise<ProgramEnd> {
  const child = spawn(program, words, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  // What does not read its input closes it, which is no error.
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([readText(child.stdout), readText(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** Runs a program that has to succeed, and gives its standard output. The error of one that does not has all that it said. */
export async function runProgram(words: readonly [string, ...string[]], options: ProgramOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await endOfProgram(words, options);
  if (code === 0) return stdout;
  throw new Error(`${words.join(' ').slice(0, 400)}\nended with ${code ?? 'a signal'}: ${stderr.trim()}\n${stdout.trim()}`);
}

/** `kubectl`, with the cluster that KUBECONFIG names. */
export function kubectl(words: readonly string[], input?: string): Promise<string> {
  return runProgram(['kubectl', ...words], input === undefined ? {} : { input });
}

/** `weir`, from its sources, as somebody runs it who has a kubeconfig. */
export function weir(words: readonly string[]): Promise<ProgramEnd> {
  return endOfProgram([process.execPath, 'apps/cli/bin/weir.mjs', ...words]);
}
