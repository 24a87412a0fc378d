// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from './child.ts';

const POLL_MS = 20;
const DEADLINE_MS = 60_000;

/** Waits until the process accepts connections on the port; throws with the process's last words when it ends or never does. */
export async function waitUntilServing(child: Child, port: number): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await accepts(port))) {
    if (child.hasExited()) throw new Error(`process ended before it served port ${port}:\n${child.complaint()}`);
    if (performance.now() > deadlineMs) throw new Error(`nothing served port ${port} within a minute:\n${child.complaint()}`);
    await delay(POLL_MS);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
