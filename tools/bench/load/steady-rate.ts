// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { ProbeClient } from './probe-client.ts';

const FIRST_CONNECTIONS = 16;
const TICK_MS = 1;

export interface SteadyRate {
  readonly perSecond: number;
  readonly seconds: number;
  readonly target: string;
}

/**
 * Asks so often, whether earlier answers have come or not (an open loop: what is slow is not asked less). How long each answer took, in
 * milliseconds.
 */
export async function askSteadily(port: number, { perSecond, seconds, target }: SteadyRate): Promise<readonly number[]> {
  const idle = await Promise.all(Array.from({ length: FIRST_CONNECTIONS }, () => ProbeClient.open(port)));
  const tookMs: number[] = [];
  const askOnce = async (): Promise<void> => {
    const startedMs = performance.now();
    const client = idle.pop() ?? (await ProbeClient.open(port));
    await client.ask(target);
    tookMs.push(performance.now() - startedMs);
    idle.push(client);
  };
  const asked: Promise<void>[] = [];
  const startedMs = performance.now();
  while (asked.length < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - startedMs) * perSecond) / 1000));
    while (asked.length < due) asked.push(askOnce());
    await delay(TICK_MS);
  }
  await Promise.all(asked);
  for (const client of idle) client[Symbol.dispose]();
  return tookMs;
}
