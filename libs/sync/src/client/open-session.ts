// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { Http2SessionManager } from '@connectrpc/connect-node';

/** What a connection to a control plane is made with. */
export type SessionTls = Pick<ConnectionOptions, 'ca' | 'cert' | 'checkServerIdentity' | 'key' | 'servername'>;

/** How a connection finds out that it leads nowhere, in milliseconds. */
export interface SessionTimeouts {
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs?: number;
  readonly pingTimeoutMs?: number;
}

export interface Session {
  readonly manager: Http2SessionManager;
  /** Ends it, also where it is still being made. */
  close(): void;
}

/** A connection to a control plane over HTTP/2, made with the first call. `url`: `https://HOST:PORT`. */
export function openSession(url: string, tls: SessionTls, timeouts: SessionTimeouts): Session {
  const connecting = new Set<TLSSocket>();
  const createConnection = (authority: URL): TLSSocket => {
    const host = authority.hostname.replace(/^\[(.*)\]$/v, '$1');
    const port = authority.port === '' ? 443 : Number(authority.port);
    const socket = connect({ host, port, ...tls, minVersion: 'TLSv1.3', ALPNProtocols: ['h2'] });
    connecting.add(socket);
    socket.once('secureConnect', () => connecting.delete(socket));
    socket.once('close', () => connecting.delete(socket));
    return socket;
  };
  const manager = new Http2SessionManager(url, { ...timeouts }, { createConnection });
  return {
    manager,
    close: () => {
      manager.abort();
      // Node leaves a socket to itself whose session is destroyed before it is connected. Where nobody answers, that keeps the process
      // alive for the two minutes that the kernel tries.
      for (const socket of connecting) socket.destroy();
    },
  };
}
