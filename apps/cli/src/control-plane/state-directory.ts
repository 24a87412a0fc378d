// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';

/** Of services of the system (Filesystem Hierarchy Standard 3.0 §5.8). */
const OF_ROOT = '/var/lib/weir';

/** Where a control plane keeps its state unless told: of root for the system, else for the user (XDG Base Directory Specification). */
export function defaultStateDirectory({ environment }: Pick<Terminal, 'environment'>): string {
  const base = environment['XDG_STATE_HOME'] ?? '';
  if (base !== '') return join(base, 'weir');
  return process.getuid?.() === 0 ? OF_ROOT : join(homedir(), '.local/state/weir');
}

export function stateOption(terminal: Terminal, what: string): Option {
  return new Option('--state <directory>', what).env('WEIR_STATE').default(defaultStateDirectory(terminal));
}
