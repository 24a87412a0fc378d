// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import type { Command } from 'commander';
import { parseHostPlace } from './parse-mesh-flags.ts';
import type { Place } from './parse-mesh-flags.ts';

/** What every command has that is fed by a control plane. */
export interface MemberFlags {
  readonly controlPlane: Place;
  readonly joinFile: string | undefined;
  readonly serviceAccountToken: string | undefined;
  readonly roots: string | undefined;
  readonly trustDomain: string;
  readonly state: string | undefined;
}

export function addMemberOptions(command: Command, about: { readonly state: string }): Command {
  return command
    .addOption(
      new Option('--control-plane <address>', 'where the control plane listens')
        .argParser(parseHostPlace)
        .default({ address: '127.0.0.1', port: 15_010 }, '127.0.0.1:15010'),
    )
    .option('--join-file <file>', 'what `weir token` printed; WEIR_JOIN has the same. Needed once, unless --state is kept')
    .option(
      '--service-account-token <file>',
      'in a cluster, in place of a join token: the token for audience weir, kept new by kubelet',
    )
    .option('--roots <file>', 'with it: roots (PEM) that the control plane may have, from ConfigMap weir-roots')
    .option('--trust-domain <name>', 'trust domain of the mesh', 'weir.local')
    .option('--state <directory>', about.state);
}
