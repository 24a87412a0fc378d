// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import { connectRaw } from '@weir/testing';
import type { RequestOptions } from '@weir/testing';

/** What came of requests. */
export interface Tally {
  readonly total: number;
  /** By the body of the answer. */
  readonly answered: Readonly<Record<string, number>>;
  /** When the last answer of a body came, in ms of the system's clock. */
  readonly lastMs: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

export interface LoadShape {
  /** Each sends one request after the other. */
  readonly connections?: number;
  readonly request?: RequestOptions;
}

/** One request after the other on connections of its own, which are made anew where they end. */
export class SteadyLoad implements AsyncDisposable {
  private readonly port: number;
  private readonly request: RequestOptions;
  private readonly running: readonly Promise<void>[];
  private isOver = false;
  private answered: Record<string, number> = {};
  private times: Record<string, number> = {};
  private failures: string[] = [];

  constructor(port: number, { connections = 1, request = {} }: LoadShape = {}) {
    this.port = port;
    this.request = request;
    this.running = Array.from({ length: connections }, () => this.run());
  }

  /** How many were answered since the last `take`. */
  get seen(): number {
    return Object.values(this.answered).reduce((sum, count) => sum + count, 0);
  }

  /** See Tally. */
  get lastMs(): Tally['lastMs'] {
    return this.times;
  }

  /** What came of all since the last call. */
  take(): Tally {
    const { answered, failures, lastMs, seen: total } = this;
    this.answered = {};
    this.times = {};
    this.failures = [];
    return { total, answered, failures, lastMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async run(): Promise<void> {
    while (!this.isOver) await this.useConnection();
  }

  private async useConnection(): Promise<void> {
    try {
      await using client = await connectRaw({ port: this.port });
      while (!this.isOver) {
        const { status, text } = await client.request('/', this.request);
        if (status === 200) this.note(text);
        else this.failures.push(`${status} ${text}`);
      }
    } catch (reason) {
      this.failures.push(String(reason));
    }
  }

  private note(text: string): void {
    this.answered[text] = (this.answered[text] ?? 0) + 1;
    this.times[text] = systemClock.nowMs();
  }
}
