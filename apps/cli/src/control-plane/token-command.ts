// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import { Option } from 'commander';
import { parseAddress, parseWait } from '../flags/parse-flags.ts';
import { parseIdentity } from '../flags/parse-mesh-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findApi } from './api-access.ts';
import { ApiClient } from './api-client.ts';
import { stateOption } from './state-directory.ts';

interface Flags {
  readonly identity: string;
  readonly address: readonly string[];
  readonly ttl: number;
  readonly state: string;
}

const DEFAULT_TTL_MS = 3_600_000;

const HELP = `
Prints the text alone: a secret, good once, that says who the workload is and whom it may tell. Hand it over on a way that nobody else reads.

Exit codes: 0 printed, 1 the control plane refuses it, 2 the command line is wrong, 69 no control plane answers.

Example:
  weir token --identity shop/cart --address 10.0.0.7 --ttl 10m > cart.join`;

/** `weir token`. */
export function addTokenCommand(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description('print what a workload joins the mesh with, once')
    .requiredOption('--identity <identity>', 'who the workload is: NAMESPACE/SERVICE-ACCOUNT', parseIdentity)
    .requiredOption('--address <address...>', 'IP addresses at which it serves', collectAddress)
    .addOption(new Option('--ttl <duration>', 'how long it can be used').argParser(parseWait).default(DEFAULT_TTL_MS, '1h'))
    .addOption(stateOption(terminal, 'state directory of the control plane'))
    .addHelpText('after', HELP)
    .action(async ({ identity, address: addresses, ttl: ttlMs, state }: Flags) => {
      using client = new ApiClient(await findApi(state, terminal));
      const body = { identity, addresses, ttlMs };
      const { joinText } = await client.ask<{ readonly joinText: string }>({ method: 'POST', path: '/join-tokens', body });
      terminal.out.write(`${joinText}\n`);
    });
}

function collectAddress(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, parseAddress(text)];
}
