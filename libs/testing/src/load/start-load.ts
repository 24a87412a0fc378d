// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import { PeerEnded } from '../wire/byte-reader.ts';
import type { RawResponse } from '../wire/raw-response.ts';
import { connectRaw } from '../client/raw-client.ts';
import type { ClientOptions, RawClient } from '../client/raw-client.ts';
import { countFailure, createLoadReport } from './load-report.ts';
import type { LoadReport } from './load-report.ts';

export interface LoadOptions {
  readonly at: ClientOptions;
  /** Clients, each with one connection and one request at a time. */
  readonly clientCount: number;
  /** Raw text of the request to send over and over. */
  readonly requestText: string;
  /** Refuses an answer by saying why; undefined = it is right. */
  readonly check?: (response: RawResponse) => string | undefined;
  /** How long each client waits after an answer, so that a machine of two cores has time left for what is tested. Absent = not at all. */
  readonly pauseMs?: number;
  /** After so many a client closes its connection and opens another. Absent = it keeps it. */
  readonly requestsPerConnection?: number;
}

/** Load that runs until it is told to stop. */
export interface Load {
  /** Counts so far; complete after `stop`. */
  readonly report: LoadReport;
  /** No new connections from now on: a client whose connection the server closes ends there, as behind a load balancer that has taken the server out. */
  closeAdmission(): void;
  /** Lets every request that has begun come to its end, and ends. */
  stop(): Promise<LoadReport>;
  /** Resolves when every client has ended. */
  readonly ended: Promise<void>;
}

/** Starts steady load on one address. Every request counts: what is not answered rightly is a failure with its reason. */
export function startLoad(options: LoadOptions): Load {
  const state: LoadState = { options, report: createLoadReport(), isStopping: false, isAdmitting: true };
  const clients = Array.from({ length: options.clientCount }, () => runClient(state));
  const ended = Promise.all(clients).then(() => undefined);
  return {
    report: state.report,
    ended,
    closeAdmission() {
      state.isAdmitting = false;
    },
    async stop() {
      state.isStopping = true;
      await ended;
      return state.report;
    },
  };
}

interface LoadState {
  readonly options: LoadOptions;
  readonly report: LoadReport;
  isStopping: boolean;
  isAdmitting: boolean;
}

async function runClient(state: LoadState): Promise<void> {
  while (!state.isStopping && state.isAdmitting) {
    try {
      await using client = await connectRaw(state.options.at);
      await useConnection(state, client);
    } catch (error) {
      countFailure(state.report, error instanceof Error ? error.message.slice(0, 120) : 'unknown');
      // A refusal at once would otherwise become a loop that starves what is tested.
      await pause(1);
    }
  }
}

/** Sends requests until the server ends the connection in an orderly manner, or until there were enough. */
async function useConnection(state: LoadState, client: RawClient): Promise<void> {
  const { requestsPerConnection = Infinity, pauseMs = 0 } = state.options;
  for (let sentCount = 0; !state.isStopping && sentCount < requestsPerConnection; sentCount++) {
    // A connection that the end of the load finds before its first request counts as none.
    if (sentCount === 0) state.report.connectionCount++;
    const started = systemClock.nowMs();
    const response = await exchange(state, client, sentCount > 0);
    if (response === undefined) return;
    state.report.slowestMs = Math.max(state.report.slowestMs, systemClock.nowMs() - started);
    judge(state, response);
    if (response.header('connection')?.toLowerCase() === 'close') return;
    if (pauseMs > 0) await pause(pauseMs);
  }
}

/** One request; undefined = the server had closed the idle connection, and another one is to be opened. Throws where it failed. */
async function exchange(state: LoadState, client: RawClient, wasIdle: boolean): Promise<RawResponse | undefined> {
  const before = client.reader.receivedBytes;
  try {
    return await client.exchange(state.options.requestText);
  } catch (error) {
    const isStale = wasIdle && client.reader.receivedBytes === before && !isTimeout(error);
    if (!isStale) throw error;
    state.report.resentCount++;
    if (state.isAdmitting) return undefined;
    throw error;
  }
}

function judge({ options, report }: LoadState, response: RawResponse): void {
  const wrong = response.status === 200 ? options.check?.(response) : `status ${response.status}`;
  if (wrong === undefined) report.succeededCount++;
  else countFailure(report, wrong);
}

function isTimeout(error: unknown): boolean {
  return error instanceof PeerEnded && error.message.includes('within');
}

function pause(durationMs: number): Promise<void> {
  return new Promise(resolve => {
    systemClock.after(durationMs, resolve);
  });
}
