// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ReadMemory } from './read-memory.ts';

/**
 * Begins a connection to an endpoint that reads into `memory`. `take` gets each read's bytes and may look at them during the call
 * only; for longer see ReadMemory.keep.
 */
export function openUpstreamSocket(
  endpoint: { readonly address: string; readonly port: number },
  memory: ReadMemory,
  take: (bytes: Buffer) => void,
): Socket {
  return connect({
    host: endpoint.address,
    port: endpoint.port,
    noDelay: true,
    keepAlive: true,
    onread: {
      buffer: memory.current,
      callback: byteCount => {
        take(memory.current().subarray(0, byteCount));
        return true;
      },
    },
  });
}
