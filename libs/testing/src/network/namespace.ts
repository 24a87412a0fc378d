// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { waitFor } from '../wait-for.ts';
import { mustRun, runCommand } from './run-command.ts';

const FOLDER = '/run/netns';
/** `weir-PROCESS-NUMBER-NAME`: whose it is can be told from its name. */
const NAME = /^weir-(\d+)-\d+-/;

/** Makes a network namespace with its loopback up. */
export async function addNamespace(name: string): Promise<void> {
  await mustRun(['ip', 'netns', 'add', name]);
  await mustRun(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
}

/** Ends whatever runs in it, and takes it away; the interfaces in it go with it. */
export async function deleteNamespace(name: string): Promise<void> {
  await waitFor(async () => (await killAll(name)) === 0, { what: `the end of what runs in ${name}` });
  await mustRun(['ip', 'netns', 'delete', name]);
}

/** Takes away what runs left behind that were killed before they could. */
export async function deleteAbandonedNamespaces(): Promise<void> {
  const names = await readdir(FOLDER).catch(() => []);
  for (const name of names) {
    const owner = Number(NAME.exec(name)?.[1] ?? process.pid);
    // Another run may be at the same work.
    if (!isRunning(owner)) await deleteNamespace(name).catch(() => undefined);
  }
}

/** Returns how many processes there still were. */
async function killAll(name: string): Promise<number> {
  const { stdout } = await runCommand(['ip', 'netns', 'pids', name]);
  const pids = stdout.split('\n').filter(line => line !== '');
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended in between.
    }
  }
  return pids.length;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
