// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import type { Terminal } from './terminal/terminal.ts';

/** How every command of Weir behaves: it throws instead of exiting, and writes to the terminal that it is given. */
export function prepareProgram(program: Command, terminal: Terminal): Command {
  return program
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('(weir --help, or --help behind a command, says more)')
    .exitOverride()
    .configureOutput({
      writeOut: text => terminal.out.write(text),
      writeErr: text => terminal.err.write(text),
      getOutHasColors: () => terminal.out.isColour,
      getErrHasColors: () => terminal.err.isColour,
    });
}
