// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { parseJoinText } from '@weir/identity';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { parsePeer } from './parse-mesh-flags.ts';
import type { Place } from './parse-mesh-flags.ts';

/** What every command has that is fed by a control plane. */
export interface MemberFlags {
  readonly controlPlane: Place;
  readonly joinFile: string | undefined;
  readonly trustDomain: string;
  readonly state: string | undefined;
}

export function addMemberOptions(command: Command, about: { readonly state: string }): Command {
  return command
    .addOption(
      new Option('--control-plane <address>', 'where the control plane listens')
        .argParser(parsePeer)
        .default({ address: '127.0.0.1', port: 15_010 }, '127.0.0.1:15010'),
    )
    .option('--join-file <file>', 'what `weir token` printed; WEIR_JOIN has the same. Needed once, unless --state is kept')
    .option('--trust-domain <name>', 'trust domain of the mesh', 'weir.local')
    .option('--state <directory>', about.state);
}

/** Undefined = none is given. Throws CommandFailure where it cannot be read. */
export async function readJoinText({ joinFile }: MemberFlags, { environment }: Terminal): Promise<string | undefined> {
  const text = joinFile === undefined ? environment['WEIR_JOIN'] : await readJoinFile(joinFile);
  if (text === undefined || text === '') return undefined;
  const parsed = parseJoinText(text);
  if (!parsed.isValid) throw new CommandFailure(EXIT.usage, parsed.reason);
  return text;
}

async function readJoinFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(EXIT.usage, `--join-file ${file} cannot be read: ${String(cause)}`, { cause });
  }
}
