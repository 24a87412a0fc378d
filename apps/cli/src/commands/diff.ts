// SPDX-License-Identifier: Apache-2.0
import { changesOf, diffPolicies, isWeakening, renderDiff } from '@weir/explain';
import type { PolicyDiff } from '@weir/explain';
import { Option } from 'commander';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { parseAddress } from '../flags/parse-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printJson } from './check.ts';
import { readSnapshot } from './read-snapshot.ts';
import { warnOfProblems } from './warn-of-problems.ts';

interface DiffFlags {
  readonly output: 'json' | 'text';
  readonly bind: string;
}

const HELP = `
Both directories are compiled as weir up would. What is less protected than before is marked: policies that are gone or only look on,
addresses, methods, keys and rules that admit more, parts that are relaxed, routes without any policy. What cannot be told is marked as
"may weaken". A request that goes to another rule than before is not followed.

Exit codes: 0 no policy differs, 1 policies differ and nothing is weaker, 2 the command line is wrong, 3 something is, or may be, weaker,
4 nothing is weaker as far as can be told, and documents of one of the directories have errors.

Example:
  weir diff ./deployed ./config`;

/** `weir diff OLD NEW`. */
export function addDiffCommand(program: Command, terminal: Terminal): void {
  program
    .command('diff')
    .description('say how the effective policy of routes differs between two directories, and mark what is weaker')
    .argument('<old>', 'directory of YAML and JSON documents as they are in force')
    .argument('<new>', 'directory of documents as they are to be')
    .option('--bind <address>', 'IP address that Gateways listen on which name none', parseAddress, '127.0.0.1')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (oldDirectory: string, newDirectory: string, { output, bind }: DiffFlags) => {
      const [before, after] = await Promise.all([readSnapshot(oldDirectory, bind), readSnapshot(newDirectory, bind)]);
      const diff = diffPolicies(before, after);
      if (output === 'json') printJson(terminal, { isWeakening: isWeakening(diff), ...diff });
      else terminal.out.write(`${renderDiff(diff, terminal.out)}\n`);
      const hasErrors = warnOfProblems([...before.problems, ...after.problems], terminal);
      process.exitCode = exitCodeOf(diff, hasErrors);
    });
}

function exitCodeOf(diff: PolicyDiff, hasErrors: boolean): number {
  if (isWeakening(diff)) return EXIT.weaker;
  if (hasErrors) return EXIT.doubtful;
  return changesOf(diff).length === 0 ? EXIT.ok : EXIT.differs;
}
