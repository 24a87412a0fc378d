// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TlsOptions, TLSSocket } from 'node:tls';
import type { Fault } from '@weir/base';
import { tlsFaultOf } from '../tls/tls-fault.ts';
import { socketBelow } from '../tls/socket-below.ts';
import { MESH_PROTOCOLS } from './mesh-protocols.ts';

export interface MeshAcceptorOptions {
  readonly handshakeTimeoutMs: number;
  /** The handshake is over. Whether the authorities of the mesh vouch for the peer is to be asked of `authorized`, before anything else. */
  onSecure(socket: TLSSocket): void;
  /** `socket`: the accepted one, undefined where it cannot be told. */
  onFailed(fault: Fault, socket: Socket | undefined): void;
}

/** The receiving end of mutual TLS between workloads; made anew with each certificate. No session is ever resumed. */
export class MeshAcceptor {
  private readonly server: Server;

  constructor(material: TlsOptions, options: MeshAcceptorOptions) {
    this.server = createServer({
      ...material,
      // Node would refuse as well, and could not tell why: the log has to.
      rejectUnauthorized: false,
      ALPNProtocols: [...MESH_PROTOCOLS],
      handshakeTimeout: options.handshakeTimeoutMs,
    });
    // There are no tickets; nothing is found by an identifier either, so that a peer shows its certificate each time.
    this.server.on('resumeSession', (_id, done: (error: Error | null, session: Buffer | null) => void) => done(null, null));
    this.server.on('secureConnection', socket => options.onSecure(socket));
    this.server.on('tlsClientError', (error, secure) => options.onFailed(tlsFaultOf(error), socketBelow(secure)));
  }

  /** Begins the handshake on a fresh connection. */
  accept(socket: Socket): void {
    this.server.emit('connection', socket);
  }
}
