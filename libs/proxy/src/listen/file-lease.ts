// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeaseHeldError, leaseOwnerFromLine } from './lease-owner.ts';
import type { LeaseOwner } from './lease-owner.ts';
import type { LeaseRequest, PortLease } from './port-lease.ts';

/**
 * A lease where there are no abstract sockets: a file that names its owner, void once that process is gone.
 * It does not know wildcards; there each port is bound exclusively anyway. Throws LeaseHeldError.
 */
export async function acquireFileLease({ address, port, owner, transport }: LeaseRequest): Promise<PortLease> {
  const folder = join(tmpdir(), 'weir-leases');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${address.replaceAll(':', '_')}-${port}${transport ?? ''}.json`);
  for (;;) {
    try {
      await writeNew(file, owner);
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      const holder = await holderOf(file);
      if (holder !== undefined && isAlive(holder)) throw new LeaseHeldError(file, holder);
      if (holder === undefined) throw error;
      await rm(file, { force: true });
    }
  }
}

async function writeNew(file: string, owner: LeaseOwner): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(owner));
  } finally {
    await handle.close();
  }
}

async function holderOf(file: string): Promise<LeaseOwner | undefined> {
  return leaseOwnerFromLine(await readFile(file, 'utf8').catch(() => ''));
}

function isAlive({ pid }: LeaseOwner): boolean {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
