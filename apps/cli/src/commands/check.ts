// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { countProblems, inOrder, plural, renderProblems } from '../terminal/render-problem.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readSnapshot } from './read-snapshot.ts';

interface CheckFlags {
  readonly output: 'json' | 'text';
}

const HELP = `
Reports every problem at once, each as file:line:column. Warnings do not change the exit code.

Exit codes: 0 no errors, 1 the documents have errors, 2 the command line is wrong.

Example:
  weir check ./config -o json`;

/** `weir check DIR`. */
export function addCheckCommand(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .description('check a directory of documents without starting anything')
    .argument('<directory>', 'YAML and JSON documents, subdirectories included')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (directory: string, { output }: CheckFlags) => {
      const { problems, objectCount, ignoredCount } = await readSnapshot(directory, '127.0.0.1');
      const hasErrors = problems.some(({ severity }) => severity === 'error');
      if (output === 'json') printJson(terminal, { isValid: !hasErrors, objectCount, ignoredCount, problems: inOrder(problems) });
      else {
        const { out } = terminal;
        out.write(renderProblems(problems, out.paint));
        const ignored = ignoredCount === 0 ? '' : `${ignoredCount} of other groups ignored, `;
        const summary = `${plural(objectCount, 'object')} read, ${ignored}${countProblems(problems)}`;
        out.write(`${hasErrors ? out.paint.bad(summary) : out.paint.good(summary)}\n`);
      }
      process.exitCode = hasErrors ? EXIT.problems : EXIT.ok;
    });
}

/** For programs. */
export function printJson({ out }: Terminal, value: unknown): void {
  out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
