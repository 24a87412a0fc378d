// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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
  expect(existsSync(join(directory.path, 'lease.sock'))).toBe(true);
  const found = await Promise.allSettled(Array.from({ length: 5 }, () => acquireStateLease(directory.path)));
  const held = found.filter(one => one.status === 'fulfilled');
  expect(held).toHaveLength(1);
  await held[0]?.value.release();
});
