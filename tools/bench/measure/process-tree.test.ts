// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { readCpuUs, readRssBytes } from './process-tree.ts';

// Reads /proc: there is nothing to measure with elsewhere.
describe.skipIf(process.platform !== 'linux')('the cost of a process tree', () => {
  it('counts the processor time of grandchildren', async () => {
    // A shell that works in a child of its own, says so, and then waits.
    const script = '(i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo worked; exec sleep 60)& wait';
    const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    try {
      await once(shell.stdout, 'data');
      expect(readCpuUs(shell.pid!)).toBeGreaterThan(10_000);
      expect(readRssBytes(shell.pid!)).toBeGreaterThan(100_000);
    } finally {
      process.kill(-shell.pid!, 'SIGKILL');
    }
  });

  it('is nothing for a process that is gone', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(readCpuUs(child.pid!)).toBe(0);
    expect(readRssBytes(child.pid!)).toBe(0);
  });
});
