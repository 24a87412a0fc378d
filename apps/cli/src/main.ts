// SPDX-License-Identifier: Apache-2.0
import { DirectoryError } from '@weir/policy/documents';
import { CommanderError } from 'commander';
import { CommandFailure, EXIT } from './exit-code.ts';
import { createProgram } from './program.ts';
import { createTerminal } from './terminal/terminal.ts';

// The command line: everything from here on is a command's own.

const terminal = createTerminal();

try {
  await createProgram(terminal).parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeFrom(error);
}

function exitCodeFrom(error: unknown): number {
  // Commander has said what is wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { err } = terminal;
  if (error instanceof CommandFailure || error instanceof DirectoryError) {
    err.write(`${err.paint.bad('weir:')} ${error.message}\n`);
    return error instanceof CommandFailure ? error.exitCode : EXIT.usage;
  }
  err.write(`${err.paint.bad('weir:')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.internal;
}
