// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range that the kernel gives to outgoing connections, which could take a port between the search and its use. */
const FIRST_PORT = 20_000;
const PORTS_PER_PROCESS = 100;
const PROCESS_COUNT = 120;

let next = 0;

/** Ports of loopback that nothing listens on. Each process searches a range of its own, so that parallel tests do not meet. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  const first = FIRST_PORT + (process.pid % PROCESS_COUNT) * PORTS_PER_PROCESS;
  for (let tried = 0; ports.length < count; tried++) {
    if (tried === PORTS_PER_PROCESS) throw new Error(`no ${count} free ports from ${first} on`);
    const port = first + (next++ % PORTS_PER_PROCESS);
    if (await isPortFree(port)) ports.push(port);
  }
  return ports;
}

/** Whether nothing listens on a port of loopback. Asked by listening there: a connection, though without a byte, would be somebody's. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
