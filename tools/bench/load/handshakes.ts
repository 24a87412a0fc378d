// SPDX-License-Identifier: Apache-2.0
import { percentile } from '../measure/percentile.ts';
import { askOnce, openTlsSocket } from './connect.ts';
import type { CreateLoad, LoadResult } from './load.ts';

export interface HandshakeOptions {
  /** Asked for in turn. */
  readonly serverNames: readonly string[];
  /** Connections at a time. */
  readonly concurrency: number;
  /** On each connection, before it is closed. */
  readonly requests: number;
}

const MICROSECONDS_PER_MS = 1_000;

/** A whole TLS handshake for each connection, whose certificate has to be that of the name, and requests on it. Counts connections. */
export function createHandshakeLoad({ serverNames, concurrency, requests }: HandshakeOptions): CreateLoad {
  return ({ port }) =>
    async seconds => {
      const startedMs = performance.now();
      const latenciesUs: number[] = [];
      let turn = 0;
      let errors = 0;
      const work = async (): Promise<void> => {
        while (performance.now() - startedMs < seconds * 1_000) {
          const connectionMs = performance.now();
          const serverName = serverNames[turn++ % serverNames.length] ?? '';
          if (!(await useConnection(port, serverName, requests))) errors += 1;
          latenciesUs.push((performance.now() - connectionMs) * MICROSECONDS_PER_MS);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, work));
      return describe(latenciesUs, (performance.now() - startedMs) * MICROSECONDS_PER_MS, errors);
    };
}

function describe(latenciesUs: readonly number[], durationUs: number, errors: number): LoadResult {
  const p50Us = percentile(latenciesUs, 0.5);
  return { requests: latenciesUs.length, durationUs, errors, p50Us, p99Us: percentile(latenciesUs, 0.99) };
}

/** False = it failed, or the certificate was that of another name. */
async function useConnection(port: number, serverName: string, requests: number): Promise<boolean> {
  try {
    const socket = await openTlsSocket(port, { serverName, alpn: 'http/1.1' });
    const isRight = socket.getPeerX509Certificate()?.checkHost(serverName) !== undefined;
    for (let request = 0; request < requests; request++) await askOnce(socket, serverName);
    socket.destroy();
    return isRight;
  } catch {
    return false;
  }
}
