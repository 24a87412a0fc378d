// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Terminal } from '../terminal/terminal.ts';

/** `weir version`. */
export function addVersionCommand(program: Command, { out }: Terminal): void {
  program
    .command('version')
    .description('print the versions of Weir and of the Node that runs it')
    .action(() => out.write(`weir ${manifest.version} (node ${process.versions.node}, ${process.platform} ${process.arch})\n`));
}
