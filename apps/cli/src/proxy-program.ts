// SPDX-License-Identifier: Apache-2.0
import { Command } from 'commander';
import { addGatewayCommand } from './gateway/gateway-command.ts';
import { addRunCommand } from './mesh/run-command.ts';
import { addSidecarCommand } from './mesh/sidecar-command.ts';
import { prepareProgram } from './prepare-program.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Commands of processes that carry traffic for a control plane: what only the others need is not loaded. */
export const PROXY_COMMANDS: ReadonlySet<string> = new Set(['gateway', 'run', 'sidecar']);

export function createProxyProgram(terminal: Terminal): Command {
  const program = prepareProgram(new Command('weir'), terminal);
  addGatewayCommand(program, terminal);
  addSidecarCommand(program, terminal);
  addRunCommand(program, terminal);
  return program;
}
