// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { AppProbesError, parseAppProbes } from '@weir/proxy';
import type { AppProbes } from '@weir/proxy';
import type { StartSidecarOptions } from '@weir/sidecar';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { SidecarFlags } from './sidecar-flags.ts';

/** Where a sidecar is asked how it and its application are, and what for; undefined = nowhere. Throws CommandFailure. */
export async function readProbing(
  { probeAddress: at, probes: file }: Pick<SidecarFlags, 'probeAddress' | 'probes'>,
  { environment }: Terminal,
): Promise<StartSidecarOptions['probing']> {
  const text = file === undefined ? (environment['WEIR_PROBES'] ?? '') : await readProbes(file);
  const name = file === undefined ? 'WEIR_PROBES' : `--probes ${file}`;
  if (at === 'off') {
    if (text === '') return undefined;
    throw new CommandFailure(
      EXIT.usage,
      `${name} has probes, but nobody can ask them: write --probe-address ADDRESS:PORT as well`,
    );
  }
  return { at, probes: text === '' ? new Map() : parsed(text, name) };
}

async function readProbes(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(EXIT.usage, `--probes ${file} cannot be read: ${String(cause)}`, { cause });
  }
}

function parsed(text: string, name: string): AppProbes {
  try {
    return parseAppProbes(text);
  } catch (cause) {
    if (!(cause instanceof AppProbesError)) throw cause;
    const lines = cause.message.split('\n').map(line => `\n    ${line}`);
    throw new CommandFailure(EXIT.usage, `${name} cannot be used:${lines.join('')}`, { cause });
  }
}
