// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 10_000;
const PAUSE_MS = 1;
const CONCURRENCY = 4;

export interface AskedRequests {
  readonly requests: number;
  /** Not answered, or not with 200. */
  readonly failed: number;
}

/** Asks a Gateway from outside, over connections that stay. */
export class GatewayClient implements Disposable {
  private readonly address: string;
  private readonly agent = new Agent({ keepAlive: true });

  constructor(address: string) {
    this.address = address;
  }

  /** Status of an answer. Rejects where there is none. */
  async ask(host: string): Promise<number> {
    const options = { host: this.address, agent: this.agent, headers: { host }, timeout: TIMEOUT_MS };
    const sent = request(options).end();
    sent.on('timeout', () => sent.destroy(new Error(`silent for ${TIMEOUT_MS} ms`)));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode ?? 0;
  }

  /** Asks until the answer is 200. Throws after a time. */
  async askUntilOk(host: string, timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while ((await this.ask(host).catch(() => 0)) !== 200) {
      if (performance.now() > endMs) throw new Error(`no 200 of ${host} in ${timeoutMs} ms`);
      await sleep(PAUSE_MS);
    }
  }

  /** Asks on several connections while something is done. */
  async askWhile(host: string, work: () => Promise<void>): Promise<AskedRequests> {
    const stopped = new AbortController();
    const asking = Array.from({ length: CONCURRENCY }, () => this.keepAsking(host, stopped.signal));
    try {
      await work();
    } finally {
      stopped.abort();
    }
    const statuses = (await Promise.all(asking)).flat();
    return { requests: statuses.length, failed: statuses.filter(status => status !== 200).length };
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }

  private async keepAsking(host: string, signal: AbortSignal): Promise<readonly number[]> {
    const statuses: number[] = [];
    while (!signal.aborted) statuses.push(await this.ask(host).catch(() => 0));
    return statuses;
  }
}
