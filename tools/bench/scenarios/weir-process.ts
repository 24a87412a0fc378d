// SPDX-License-Identifier: Apache-2.0
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { startWeir } from '../peers/weir.ts';
import { type WeirSetup, writeWeirDocuments } from '../peers/weir-documents.ts';
import type { Child } from '../processes/child.ts';
import { findFreePort } from '../processes/free-port.ts';
import type { BenchContext } from './scenario.ts';

const POLL_MS = 2;
const READY_DEADLINE_MS = 120_000;

/** A gateway of its own for one scenario. */
export interface WeirProcess extends AsyncDisposable {
  readonly child: Child;
  readonly listenPort: number;
  /** Directory of its documents. */
  readonly documents: string;
  /** From just before the process was started until /readyz said yes. */
  readonly readyMs: number;
}

export async function launchWeir(
  context: BenchContext,
  { folder, ...wanted }: Partial<WeirSetup> & { readonly folder: string },
): Promise<WeirProcess> {
  const directory = context.makeFolder(folder);
  const listenPort = await findFreePort();
  const metricsPort = await findFreePort();
  const documents = writeWeirDocuments({
    backendPort: context.backend.port,
    routeCount: 1,
    tls: undefined,
    protocol: 'http1',
    isBackendHttp2: false,
    ...wanted,
    directory,
    listenPort,
  });
  const startedMs = performance.now();
  const child = await startWeir({ documents, directory, metricsPort });
  await waitUntilReady(child, metricsPort);
  return {
    child,
    listenPort,
    documents,
    readyMs: performance.now() - startedMs,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

async function waitUntilReady(child: Child, metricsPort: number): Promise<void> {
  const deadlineMs = performance.now() + READY_DEADLINE_MS;
  while (!(await isReady(metricsPort))) {
    if (child.hasExited()) throw new Error(`the gateway ended before it was ready:\n${child.complaint()}`);
    if (performance.now() > deadlineMs) throw new Error(`the gateway was not ready within two minutes:\n${child.complaint()}`);
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
