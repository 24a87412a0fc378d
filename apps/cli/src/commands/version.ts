// SPDX-License-Identifier: Apache-2.0
import { MESH_FEATURES, SUPPORTED_FEATURES } from '@weir/policy/compile';
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Terminal } from '../terminal/terminal.ts';

interface VersionFlags {
  readonly features: boolean;
}

/** `weir 1.2.3 (node 26.0.0, linux x64)`. */
export function versionText(): string {
  return `weir ${manifest.version} (node ${process.versions.node}, ${process.platform} ${process.arch})`;
}

const HELP = `
Without --features the same as weir --version. Features are named as in the conformance suite of the Gateway API, one a line, and
are what a GatewayClass and an XMesh list in their status.

Exit codes: 0 printed, 2 the command line is wrong.

Example:
  weir version --features`;

const FEATURES = [...SUPPORTED_FEATURES, ...MESH_FEATURES].sort();

/** `weir version`. */
export function addVersionCommand(program: Command, { out }: Terminal): void {
  program
    .command('version')
    .description('print the versions of Weir and of the Node that runs it')
    .option('--features', 'print the features of the Gateway API that are served instead', false)
    .addHelpText('after', HELP)
    .action(({ features }: VersionFlags) => {
      out.write(`${features ? FEATURES.join('\n') : versionText()}\n`);
    });
}
