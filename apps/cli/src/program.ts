// SPDX-License-Identifier: Apache-2.0
import { Command } from 'commander';
import { addCheckCommand } from './commands/check.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addInterceptCommand } from './commands/intercept.ts';
import { addRoutesCommand } from './commands/routes.ts';
import { addUpCommand } from './commands/up.ts';
import { addVersionCommand, versionText } from './commands/version.ts';
import type { Terminal } from './terminal/terminal.ts';

const HELP = `
Every command has --help with an example and its exit codes. Results go to standard output, words for people to standard error.
Colour only on a terminal; NO_COLOR=1 switches it off.

Beside the exit codes of each command: 70 something failed inside Weir, 130 a second Ctrl-C ended it at once.

Example:
  weir up ./config`;

/** The command line of Weir. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('weir')
    .description('Weir: an API gateway configured by a directory of Gateway API documents')
    .version(versionText(), '--version', 'print the versions of Weir and of the Node that runs it')
    .showSuggestionAfterError()
    .showHelpAfterError('(weir --help, or --help behind a command, says more)')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: text => terminal.out.write(text),
      writeErr: text => terminal.err.write(text),
      getOutHasColors: () => terminal.out.isColour,
      getErrHasColors: () => terminal.err.isColour,
    });
  addUpCommand(program, terminal);
  addCheckCommand(program, terminal);
  addDiffCommand(program, terminal);
  addExplainCommand(program, terminal);
  addRoutesCommand(program, terminal);
  addInterceptCommand(program, terminal);
  addVersionCommand(program, terminal);
  return program;
}
