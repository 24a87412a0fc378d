// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { Child, createTempDirectory } from '@weir/testing';
import { expect, it } from 'vitest';
import { acquireStateLease } from './state-lease.ts';

it('is for one at a time, and names who has it', async () => {
  await using directory = await createTempDirectory();
  const lease = await acquireStateLease(directory.path);
  await expect(acquireStateLease(directory.path)).rejects.toThrow(`in use by process ${process.pid}`);
  await lease.release();
  await (await acquireStateLease(directory.path)).release();
});

it('is free again when its holder was killed', async () => {
  await using directory = await createTempDirectory();
  const code = `const { acquireStateLease } = await import(process.argv[1]);
    await acquireStateLease(process.argv[2]); console.error('held'); setInterval(() => {}, 1000);`;
  const url = new URL('state-lease.ts', import.meta.url).href;
  await using child = new Child([process.execPath, '--input-type=module', '--eval', code, url, directory.path]);
  await child.sees(/held/v);
  await expect(acquireStateLease(directory.path)).rejects.toThrow(`in use by process ${child.pid}`);
  await child.stop('SIGKILL');
  await (await acquireStateLease(directory.path)).release();
});

it('is for one of many that come at once, however often it was left behind', async () => {
  await using directory = await createTempDirectory();
  for (let round = 0; round < 50; round++) {
    const found = await Promise.allSettled(Array.from({ length: 8 }, () => acquireStateLease(directory.path)));
    const held = found.filter(one => one.status === 'fulfilled');
    expect(held).toHaveLength(1);
    expect(await readdir(directory.path)).toHaveLength(2);
    await held[0]?.value.release();
  }
});
