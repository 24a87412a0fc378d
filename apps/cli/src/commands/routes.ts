// SPDX-License-Identifier: Apache-2.0
import { listRoutes, renderRoutes } from '@weir/explain';
import { Option } from 'commander';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { parseAddress } from '../flags/parse-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printJson } from './check.ts';
import { assertOnePlace } from './one-place.ts';
import { withPortsOfGateway } from './ports-of-gateway.ts';
import { readClusterSnapshot } from './read-cluster-snapshot.ts';
import { readSnapshot } from './read-snapshot.ts';
import { warnOfProblems } from './warn-of-problems.ts';

interface RoutesFlags {
  readonly output: 'json' | 'text';
  readonly bind: string;
  readonly cluster: boolean;
  readonly gateway?: string;
}

const HELP = `
Within a listener, the first line that matches a request or connection takes it.

Exit codes: 0 listed, 1 the documents have errors (what is good of them is still listed), 2 the command line is wrong.

Example:
  weir routes ./config
  weir routes --cluster --gateway shop/edge`;

/** `weir routes DIR`. */
export function addRoutesCommand(program: Command, terminal: Terminal): void {
  program
    .command('routes')
    .description('list every match of every listener, in the order in which they are tried')
    .argument('[directory]', 'YAML and JSON documents, subdirectories included')
    .option('--cluster', 'of the objects of the Kubernetes cluster that KUBECONFIG or ~/.kube/config leads to', false)
    .option('--gateway <name>', 'with --cluster: of one Gateway alone, NAMESPACE/NAME')
    .option('--bind <address>', 'IP address that Gateways listen on which name none', parseAddress, '127.0.0.1')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (directory: string | undefined, { cluster, gateway, output, bind }: RoutesFlags) => {
      assertOnePlace(directory, cluster);
      const { snapshot, problems } = directory === undefined ? await readClusterSnapshot() : await readSnapshot(directory, bind);
      const rows = listRoutes(gateway === undefined ? snapshot : withPortsOfGateway(snapshot, { gateway, url: '' }));
      if (output === 'json') printJson(terminal, rows);
      else if (rows.length === 0) terminal.out.write('no routes\n');
      else terminal.out.write(`${renderRoutes(rows, terminal.out)}\n`);
      process.exitCode = warnOfProblems(problems, terminal) ? EXIT.problems : EXIT.ok;
    });
}
