// SPDX-License-Identifier: Apache-2.0
import { Command } from 'commander';
import { addCheckCommand } from './commands/check.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addInterceptCommand } from './commands/intercept.ts';
import { addRoutesCommand } from './commands/routes.ts';
import { addUninstallCommand } from './commands/uninstall.ts';
import { addUpCommand } from './commands/up.ts';
import { addVersionCommand, versionText } from './commands/version.ts';
import { addAdminCommand } from './control-plane/admin-command.ts';
import { addControlPlaneCommand } from './control-plane/control-plane-command.ts';
import { addIdentityCommand } from './control-plane/identity-command.ts';
import { addStatusCommand } from './control-plane/status-command.ts';
import { addTokenCommand } from './control-plane/token-command.ts';
import { addWaitCommand } from './control-plane/wait-command.ts';
import { addGatewayCommand } from './gateway/gateway-command.ts';
import { addRunCommand } from './mesh/run-command.ts';
import { addSidecarCommand } from './mesh/sidecar-command.ts';
import { prepareProgram } from './prepare-program.ts';
import { addRolloutCommand } from './rollouts/rollout-command.ts';
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
    .addHelpText('after', HELP);
  prepareProgram(program, terminal);
  addUpCommand(program, terminal);
  addCheckCommand(program, terminal);
  addDiffCommand(program, terminal);
  addExplainCommand(program, terminal);
  addRoutesCommand(program, terminal);
  addInterceptCommand(program, terminal);
  addControlPlaneCommand(program, terminal);
  addTokenCommand(program, terminal);
  addStatusCommand(program, terminal);
  addWaitCommand(program, terminal);
  addAdminCommand(program, terminal);
  addIdentityCommand(program, terminal);
  addRolloutCommand(program, terminal);
  addGatewayCommand(program, terminal);
  addSidecarCommand(program, terminal);
  addRunCommand(program, terminal);
  addUninstallCommand(program, terminal);
  addVersionCommand(program, terminal);
  return program;
}
