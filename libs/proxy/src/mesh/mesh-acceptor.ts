// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { Fault } from '@weir/base';
import { tlsFaultOf } from '../tls/tls-fault.ts';
import { socketBelow } from '../tls/socket-below.ts';
import { MESH_PROTOCOLS } from './mesh-protocols.ts';
import type { MeshSessions } from './mesh-sessions.ts';

export interface MeshAcceptorOptions {
  readonly handshakeTimeoutMs: number;
  /** The peer has shown a certificate that the authorities of the mesh vouch for; for whom it is was not looked at. */
  onSecure(socket: TLSSocket): void;
  /** `socket`: the accepted one, undefined where it cannot be told. */
  onFailed(fault: Fault, socket: Socket | undefined): void;
}

/** The receiving end of mutual TLS between workloads; made anew with each certificate. No session is ever resumed. */
export class MeshAcceptor {
  private readonly server: Server;

  /** `material`: see MeshSessions.serverOptions. */
  constructor(material: NonNullable<ReturnType<MeshSessions['serverOptions']>>, options: MeshAcceptorOptions) {
    this.server = createServer({
      ...material,
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
