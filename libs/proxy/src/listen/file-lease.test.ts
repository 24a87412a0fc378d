// SPDX-License-Identifier: Apache-2.0
import { findFreePorts } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { acquireFileLease } from './file-lease.ts';

const startedAt = '2026-01-02T03:04:05.000Z';

async function requestOf(pid: number) {
  const [port = 0] = await findFreePorts(1);
  return { address: '127.0.0.1', port, owner: { pid, directory: '/srv/shop', startedAt } };
}

describe('a lease in a file', () => {
  it('is held by one process until that gives it back', async () => {
    const request = await requestOf(process.pid);
    const lease = await acquireFileLease(request);
    await expect(acquireFileLease(request)).rejects.toMatchObject({
      holder: { pid: process.pid, directory: '/srv/shop', startedAt },
    });
    await lease.release();
    await (await acquireFileLease(request)).release();
  });

  it('is void once its owner is gone', async () => {
    // Above the largest process id that Linux gives.
    const gone = await requestOf(4_194_305);
    await acquireFileLease(gone);
    const lease = await acquireFileLease({ ...gone, owner: { ...gone.owner, pid: process.pid } });
    await lease.release();
  });
});
