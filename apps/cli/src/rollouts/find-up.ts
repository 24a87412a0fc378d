// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { RolloutView } from '@weir/control-plane';
import { openAdminDirectory } from '@weir/proxy';
import { ApiClient, ApiRefusal } from '../control-plane/api-client.ts';
import type { ApiAccess } from '../control-plane/api-access.ts';
import type { Terminal } from '../terminal/terminal.ts';

const UNDRIVEN = 503;

/** A `weir up` of this user. */
export interface FoundUp {
  readonly socketPath: string;
  readonly rollouts: readonly RolloutView[];
}

/** Every `weir up` of this user that runs now, by the admin sockets that there are; others of Weir's processes have no Rollouts. */
export async function findUps({ environment }: Pick<Terminal, 'environment'>): Promise<readonly FoundUp[]> {
  const directory = await openAdminDirectory({ runtime: environment['XDG_RUNTIME_DIR'], temporary: tmpdir() });
  const names = (await readdir(directory)).filter(name => name.endsWith('.sock')).toSorted();
  const found = await Promise.all(names.map(name => askUp(join(directory, name))));
  return found.flatMap(up => up ?? []);
}

/** Its admin socket takes no token: nobody else may use it. */
export function accessOfUp(socketPath: string): ApiAccess {
  return { url: 'http://weir', socketPath, name: nameOfUp(socketPath) };
}

/** For people. */
export function nameOfUp(socketPath: string): string {
  const [process = ''] = basename(socketPath).split('.');
  return /^\d+$/v.test(process) ? `process ${process} (${socketPath})` : socketPath;
}

async function askUp(socketPath: string): Promise<FoundUp | undefined> {
  using client = new ApiClient(accessOfUp(socketPath));
  try {
    return { socketPath, rollouts: await client.ask<readonly RolloutView[]>({ path: '/rollouts' }) };
  } catch (reason) {
    // It says to whoever asks for more why it does not drive them.
    return reason instanceof ApiRefusal && reason.status === UNDRIVEN ? { socketPath, rollouts: [] } : undefined;
  }
}
