// SPDX-License-Identifier: Apache-2.0
import { Command } from 'commander';
import { addRunCommand } from './mesh/run-command.ts';
import { addSidecarCommand } from './mesh/sidecar-command.ts';
import { prepareProgram } from './prepare-program.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Commands of processes that stand beside every workload: what only the others need is not loaded. */
export const SIDECAR_COMMANDS: ReadonlySet<string> = new Set(['run', 'sidecar']);

export function createSidecarProgram(terminal: Terminal): Command {
  const program = prepareProgram(new Command('weir'), terminal);
  addSidecarCommand(program, terminal);
  addRunCommand(program, terminal);
  return program;
}
