// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:net';
import { Child, waitFor } from '@weir/testing';
import { expect, it } from 'vitest';

/** Listens, and never accepts: the kernel takes a few connections, and lets all others wait. */
const SILENT = `
  const server = require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    require('node:fs').writeSync(1, 'port ' + server.address().port + '\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

const CLIENT = `
  import { connectOverTls } from '@weir/sync/client';
  const stream = connectOverTls({ url: 'https://127.0.0.1:PORT', tls: () => ({}) })({ onPush() {}, onEnd() {} });
  setTimeout(() => { stream.close(); console.log('closed'); }, 500);`;

it('a process ends that gives up while it connects, however silent the other side is', async () => {
  await using silent = new Child([process.execPath, '-e', SILENT]);
  await waitFor(() => silent.stdout.includes('port '), { what: () => silent.output });
  const port = Number(/port (\d+)/.exec(silent.stdout)?.[1]);
  const filling = Array.from({ length: 8 }, () => connect({ host: '127.0.0.1', port }).on('error', () => undefined));
  const [first] = filling;
  if (first !== undefined) await once(first, 'connect');
  await using client = new Child([process.execPath, '--input-type=module', '-e', CLIENT.replace('PORT', String(port))], {
    cwd: import.meta.dirname,
  });
  const exit = await client.exited;
  expect(client.stdout).toContain('closed');
  expect(exit.code).toBe(0);
  for (const socket of filling) socket.destroy();
}, 20_000);
