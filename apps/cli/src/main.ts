// SPDX-License-Identifier: Apache-2.0
import { CommanderError } from 'commander';
import { CommandFailure, EXIT } from './exit-code.ts';
import { createProxyProgram, PROXY_COMMANDS } from './proxy-program.ts';
import { createTerminal } from './terminal/terminal.ts';

// The command line: everything from here on is a command's own.

const terminal = createTerminal();

try {
  const isProxy = PROXY_COMMANDS.has(process.argv[2] ?? '');
  const program = isProxy ? createProxyProgram(terminal) : (await import('./program.ts')).createProgram(terminal);
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeFrom(error);
}

function exitCodeFrom(error: unknown): number {
  // Commander has said what is wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { err } = terminal;
  if (error instanceof CommandFailure || isDirectoryError(error)) {
    err.write(`${err.paint.bad('weir:')} ${error.message}\n`);
    return error instanceof CommandFailure ? error.exitCode : EXIT.usage;
  }
  err.write(`${err.paint.bad('weir:')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.internal;
}

/** By its name, as its module would bring along all that reads documents. */
function isDirectoryError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'DirectoryError';
}
