// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import type { Command } from 'commander';
import { parseNode, parseZone } from './parse-flags.ts';

/** Where a proxy runs, as EndpointSlices call it; '' = not known. */
export interface PlaceFlags {
  readonly zone: string;
  readonly node: string;
}

/** `who`: what the command runs, or runs beside. */
export function addPlaceOptions(command: Command, who: 'gateway' | 'workload'): Command {
  return command
    .addOption(
      new Option('--zone <name>', `zone that the ${who} runs in, as EndpointSlices call it: for balancing that prefers it`)
        .env('WEIR_ZONE')
        .argParser(parseZone)
        .default('', 'not known'),
    )
    .addOption(
      new Option('--node <name>', `node of a cluster that the ${who} runs on: for Services that prefer it`)
        .env('WEIR_NODE')
        .argParser(parseNode)
        .default('', 'not known'),
    );
}
