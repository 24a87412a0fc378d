// SPDX-License-Identifier: Apache-2.0
import { startWeir } from '../peers/weir.ts';
import { type WeirSetup, writeWeirDocuments } from '../peers/weir-documents.ts';
import type { Child } from '../processes/child.ts';
import { findFreePort } from '../processes/free-port.ts';
import { waitUntilReady } from '../processes/wait-until-ready.ts';
import type { BenchContext } from './scenario.ts';

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
