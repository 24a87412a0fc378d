// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COUNTS_FILE_VARIABLE } from './count-reporter.ts';
import { FAILED_ONE, PASSED_ONE, countsFromReport, type Counts } from './counts.ts';
import { runCommand } from './run-command.ts';
import type { Suite } from './suite.ts';

/** Runs a suite in `root` to its end or to the end of its budget, with its output on the terminal. */
export async function runSuite(suite: Suite, root: string): Promise<Counts> {
  const reason = suite.skipReason?.();
  if (reason !== undefined) return { passed: 0, failed: 0, skipped: 1, skips: [`${suite.name}: ${reason}`] };
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  try {
    const countsFile = join(folder, 'counts.json');
    const exitCode = await runCommands(suite, root, countsFile);
    if (suite.counting === 'exit') return exitCode === 0 ? PASSED_ONE : FAILED_ONE;
    return countsFromReport(readCounts(countsFile), exitCode);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The exit code of the first command that failed, 0 without one, undefined when the budget ran out. */
async function runCommands(suite: Suite, root: string, countsFile: string): Promise<number | undefined> {
  const signal = AbortSignal.timeout(suite.budgetSeconds * 1000);
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    // Tests start hundreds of processes from the same sources: what was read and compiled once need not be again.
    NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
    NX_TUI: 'false',
    // Tools take CI for a sign of colour; a log has none.
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    [COUNTS_FILE_VARIABLE]: countsFile,
  };
  for (const command of suite.commands) {
    const exitCode = await runCommand(command, { cwd: root, env, signal });
    if (signal.aborted) {
      process.stdout.write(`${suite.name} was stopped: its budget is ${suite.budgetSeconds} s (tools/test/suites.ts)\n`);
      return undefined;
    }
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}

function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    return undefined;
  }
}
