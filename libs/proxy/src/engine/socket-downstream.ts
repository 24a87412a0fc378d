// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ClientCertificate, Downstream } from '@weir/base';
import { plainAddress } from '../front/peer-addresses.ts';
import { verifiedCertificateOf } from '../tls/verified-certificate.ts';

interface Peer {
  readonly address: string;
  readonly port: number;
}

/** What the handshake has told. */
export interface PeerNames {
  readonly serverName?: string | undefined;
  /** Of the mesh. */
  readonly identity?: string;
}

/** A downstream connection by its socket, as it is when the connection begins. */
export class SocketDownstream implements Downstream {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly isTls: boolean;
  readonly serverName: string | undefined;
  readonly peerIdentity: string | undefined;
  /** Not yet looked at; undefined = there is nothing to look at any more. */
  private secured: TLSSocket | undefined;
  private certificate: ClientCertificate | undefined = undefined;

  constructor(socket: Socket, peer: Peer, { serverName, identity }: PeerNames) {
    this.remoteAddress = peer.address;
    this.remotePort = peer.port;
    this.localAddress = plainAddress(socket.localAddress ?? '');
    this.localPort = socket.localPort ?? 0;
    this.isTls = serverName !== undefined || 'encrypted' in socket;
    this.serverName = serverName;
    this.peerIdentity = identity;
    this.secured = socket instanceof TLSSocket && socket.authorized ? socket : undefined;
  }

  /** Read when it is first asked for, which costs about as much as a request. */
  get clientCertificate(): ClientCertificate | undefined {
    if (this.secured !== undefined) {
      this.certificate = verifiedCertificateOf(this.secured);
      this.secured = undefined;
    }
    return this.certificate;
  }
}
