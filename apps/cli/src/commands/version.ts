// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Terminal } from '../terminal/terminal.ts';

/** `weir 1.2.3 (node 26.0.0, linux x64)`. */
export function versionText(): string {
  return `weir ${manifest.version} (node ${process.versions.node}, ${process.platform} ${process.arch})`;
}

const HELP = `
The same as weir --version.

Exit codes: 0 printed, 2 the command line is wrong.

Example:
  weir version`;

/** `weir version`. */
export function addVersionCommand(program: Command, { out }: Terminal): void {
  program
    .command('version')
    .description('print the versions of Weir and of the Node that runs it')
    .addHelpText('after', HELP)
    .action(() => out.write(`${versionText()}\n`));
}
