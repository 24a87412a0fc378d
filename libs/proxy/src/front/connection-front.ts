// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { Listener, Port, ResourceName } from '@weir/policy/snapshot';
import type { ConnectionTable } from '../engine/connection-table.ts';
import type { PortRuntime } from '../engine/port-runtime.ts';
import type { Limits } from '../engine/settings.ts';
import { parseProxyHeader } from '../proxy-protocol/parse-proxy-header.ts';
import type { PeerAddress } from '../proxy-protocol/proxy-header.ts';
import { openAccepted } from '../tcp/splice-side.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import { ClientHelloReader } from '../tls/client-hello.ts';
import type { TlsAcceptor } from '../tls/tls-acceptor.ts';
import { UNRECOGNIZED_NAME } from '../tls/unrecognized-name.ts';
import type { PeerAddresses } from './peer-addresses.ts';
import { plainAddress } from './peer-addresses.ts';
import type { PortFront } from './port-front.ts';
import { WaitingRoom } from './waiting-room.ts';
import type { Waiting } from './waiting-room.ts';

/** What the front needs of the engine. */
export interface FrontHost {
  readonly limits: Limits;
  readonly coarseNowMs: number;
  readonly peers: PeerAddresses;
  openHttp(source: OpenedSource, port: ResourceName): void;
  openStream(source: OpenedSource, stream: FrontStream): void;
  /** A connection ended before it was anybody's; `socket` may be closed already. */
  onRefused(port: Port, fault: Fault, socket: Socket): void;
}

/** A connection that is carried whole. */
export interface FrontStream {
  readonly protocol: 'TCP' | 'TLS';
  readonly listener: Listener;
  /** '' = none. */
  readonly serverName: string;
  /** What was read already, in memory of its own. */
  readonly pending: Buffer | undefined;
}

/** A port whose front is at work. */
type FrontedPort = PortRuntime & { readonly front: PortFront };

/** Looks at the first bytes of connections where that decides what becomes of them: PROXY header, then server name. */
export class ConnectionFront {
  private readonly host: FrontHost;
  private readonly connections: ConnectionTable;
  private readonly room = new WaitingRoom();

  constructor(host: FrontHost, connections: ConnectionTable) {
    this.host = host;
    this.connections = connections;
  }

  /** Takes a freshly accepted connection. */
  accept(runtime: FrontedPort, accepted: Socket): void {
    const source = openAccepted(accepted);
    const { socket } = source;
    const isProxied = runtime.front.isProxied(plainAddress(socket.remoteAddress ?? ''));
    const isAdmitted = isProxied ? this.connections.admitUnnamed(socket) : this.connections.admit(socket);
    if (!isAdmitted) {
      socket.destroy();
      return;
    }
    if (isProxied) this.readProxyHeader(runtime, source);
    else this.proceed(runtime, source, undefined);
  }

  /** Ends connections whose first bytes do not come. */
  sweep(nowMs: number): void {
    this.room.sweep(nowMs);
  }

  private readProxyHeader(runtime: FrontedPort, source: OpenedSource): void {
    const waiting = this.wait(runtime, source, this.host.limits.proxyHeaderTimeoutMs);
    let bytes: Buffer = Buffer.alloc(0);
    waiting.listen(chunk => {
      bytes = Buffer.concat([bytes, chunk]);
      const header = parseProxyHeader(bytes);
      if (header === undefined) return;
      waiting.leave();
      if (this.takePeer(source, header.source)) this.proceed(runtime, source, bytes.subarray(header.length));
      else source.socket.destroy();
    });
  }

  /** Notes who the client is; false where it has too many connections. */
  private takePeer({ socket }: OpenedSource, peer: PeerAddress | undefined): boolean {
    if (peer !== undefined) this.host.peers.name(socket, { address: plainAddress(peer.address), port: peer.port });
    return this.connections.countAddress(socket, this.host.peers.of(socket).address);
  }

  private proceed(runtime: FrontedPort, source: OpenedSource, pending: Buffer | undefined): void {
    const { port, front } = runtime;
    const [only] = port.listeners;
    switch (port.protocol) {
      case 'HTTP':
        this.openHttp(port, source, pending);
        break;
      case 'TLS':
        if (front.readsHello) this.readHello(runtime, source, pending);
        else this.handshake(source, { acceptor: runtime.tls, isStream: false, pending });
        break;
      case 'TCP':
        if (only === undefined) source.socket.destroy();
        else this.host.openStream(source, { protocol: 'TCP', listener: only, serverName: '', pending });
        break;
      case 'UDP':
        source.socket.destroy();
        break;
    }
  }

  private openHttp(port: Port, source: OpenedSource, pending: Buffer | undefined): void {
    source.socket.allowHalfOpen = false;
    this.host.openHttp(source, port.name);
    if (pending !== undefined && pending.length > 0) source.deliver(pending);
    source.socket.resume();
  }

  private readHello(runtime: FrontedPort, source: OpenedSource, pending: Buffer | undefined): void {
    const reader = new ClientHelloReader();
    const waiting = this.wait(runtime, source, this.host.limits.tlsHandshakeTimeoutMs);
    waiting.listen(chunk => {
      const hello = reader.push(chunk);
      if (hello === undefined) return;
      waiting.leave();
      this.route(runtime, source, { serverName: hello.serverName, pending: reader.bytes });
    });
    if (pending !== undefined && pending.length > 0) source.deliver(pending);
  }

  private route(
    { port, front }: FrontedPort,
    source: OpenedSource,
    { serverName, pending }: { readonly serverName: string; readonly pending: Buffer },
  ): void {
    const listener = front.listenerFor(serverName);
    if (listener === undefined) {
      const asked = serverName === '' ? 'takes connections without server name' : `has the server name ${serverName}`;
      this.host.onRefused(port, new Fault('route_not_found', `no listener ${asked}`), source.socket);
      refuse(port, source);
    } else if (listener.tls?.mode === 'passthrough') {
      this.host.openStream(source, { protocol: 'TLS', listener, serverName, pending });
    } else {
      this.handshake(source, { acceptor: front.acceptorOf(listener), isStream: listener.protocol === 'TLS', pending });
    }
  }

  private handshake(source: OpenedSource, { acceptor, isStream, pending }: Handshake): void {
    const { socket } = source;
    socket.on('error', () => socket.destroy());
    socket.allowHalfOpen = isStream;
    if (pending !== undefined && pending.length > 0) socket.unshift(pending);
    if (acceptor === undefined) socket.destroy();
    else acceptor.accept(socket);
  }

  private wait(runtime: FrontedPort, source: OpenedSource, timeoutMs: number): Waiting {
    const deadlineMs = this.host.coarseNowMs + timeoutMs;
    return this.room.enter(source, { deadlineMs, onRefused: fault => this.host.onRefused(runtime.port, fault, source.socket) });
  }
}

interface Handshake {
  readonly acceptor: TlsAcceptor | undefined;
  /** Whether the decrypted bytes are carried whole, and may end on one side. */
  readonly isStream: boolean;
  readonly pending: Buffer | undefined;
}

/**
 * Where TLS goes through to backends, a gateway is no party to it, and speaks no TLS of its own (GEP-2643: the connection is rejected);
 * elsewhere the client is told why.
 */
function refuse({ listeners }: Port, { socket }: OpenedSource): void {
  if (listeners.some(({ protocol }) => protocol === 'TLS')) {
    socket.resetAndDestroy();
    return;
  }
  socket.end(UNRECOGNIZED_NAME);
  socket.destroySoon();
}
