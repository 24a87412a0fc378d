// SPDX-License-Identifier: Apache-2.0
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from './child.ts';

const POLL_MS = 2;
const READY_DEADLINE_MS = 120_000;

/** Waits until /readyz at a port of loopback says yes; throws with the process's last words when it ends or never does. */
export async function waitUntilReady(child: Child, metricsPort: number): Promise<void> {
  const deadlineMs = performance.now() + READY_DEADLINE_MS;
  while (!(await isReady(metricsPort))) {
    if (child.hasExited()) throw new Error(`the process ended before it was ready:\n${child.complaint()}`);
    if (performance.now() > deadlineMs) throw new Error(`the process was not ready within two minutes:\n${child.complaint()}`);
    await delay(POLL_MS);
  }
}

function isReady(metricsPort: number): Promise<boolean> {
  return new Promise(resolve => {
    const request = get({ host: '127.0.0.1', port: metricsPort, path: '/readyz', agent: false }, response => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => {
      resolve(false);
    });
  });
}
