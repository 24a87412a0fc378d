// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { PeerAddress } from '../proxy-protocol/proxy-header.ts';

/** Who the clients of a worker are: as the socket says, or as a trusted PROXY header does. */
export class PeerAddresses {
  /** By both ends of the connection: a TLS socket and the socket below it have them in common. */
  private readonly named = new Map<string, PeerAddress>();

  /** Notes whom a PROXY header names, until the socket closes. */
  name(socket: Socket, peer: PeerAddress): void {
    const key = keyOf(socket);
    this.named.set(key, peer);
    socket.once('close', () => this.named.delete(key));
  }

  of(socket: Socket): PeerAddress {
    // Nearly always: there is no balancer that speaks the protocol.
    const peer = this.named.size === 0 ? undefined : this.named.get(keyOf(socket));
    return peer ?? { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
  }
}

/** A dual-stack socket names IPv4 peers `::ffff:a.b.c.d`; policies and logs mean the IPv4 address. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

function keyOf({ remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
