// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Fault, reasonWords } from '@weir/base';
import type { Random } from '@weir/base';
import type { WorkloadIdentity } from '@weir/policy/snapshot';
import type { WaitingRoom } from '../front/waiting-room.ts';
import { breakOff } from '../tcp/break-off.ts';
import { ClientHelloReader } from '../tls/client-hello.ts';
import type { ClientHello } from '../tls/client-hello.ts';
import { socketBelow } from '../tls/socket-below.ts';
import { calledPort } from './called-port.ts';
import type { CalledPort } from './called-port.ts';
import type { DetectionRoom } from './detection-room.ts';
import { MeshAcceptor } from './mesh-acceptor.ts';
import type { Arrival, MeshHost, MeshPeerInfo, RoleOf, WholePlace } from './mesh-host.ts';
import { meshLifetime } from './mesh-lifetime.ts';
import { innerProtocolOf } from './mesh-protocols.ts';
import { ServiceReceiver } from './mesh-receiver.ts';
import type { ReceivedFrom, ReceiverParts } from './mesh-receiver.ts';
import { refuse, tellRefusal } from './refusals.ts';
import { workloadOf } from './workload-uri.ts';

/** Where connections wait for their first bytes. */
export interface FrontRooms {
  readonly room: WaitingRoom;
  readonly detections: DetectionRoom;
}

/** A connection to the application whose first bytes are being looked at. */
interface Call extends Arrival {
  readonly called: CalledPort;
}

/** The first byte of a TLS connection (RFC 8446 §5.1: a handshake record). */
const HANDSHAKE_BYTE = 22;
/**
 * How long a client that is silent may be about to begin TLS of the mesh: twice the least time after which a lost packet is sent
 * again (RFC 6298 has more, kernels 200 ms). A server that speaks first to plaintext clients does so that much later.
 */
export const TLS_GRACE_MS = 400;

/** How long a connection whose handshake is not over may take for that once nothing more is wanted. */
const LAST_HELLO_MS = 1_000;

/** Takes calls to the application. */
export class InboundFront implements ReceiverParts {
  isDraining = false;
  isPartingWithStrangers = false;
  private readonly host: MeshHost;
  private readonly rooms: FrontRooms;
  private readonly received = new Set<Socket>();
  private readonly whenNoneReceived: (() => void)[] = [];
  /** Those of the received of which it is not known yet who they are: no request of theirs can be lost. */
  private readonly strangers = new Set<Socket>();
  /** Undefined = there is no certificate, or it was replaced. */
  private acceptor: MeshAcceptor | undefined;
  /** Of handshakes under way, by the socket below. */
  private readonly handshakes = new WeakMap<Socket, Call>();

  constructor(host: MeshHost, rooms: FrontRooms) {
    this.host = host;
    this.rooms = rooms;
  }

  get random(): Random {
    return this.host.random;
  }

  /** Lets them end with the answers that are owed; resolves when none is left. */
  drain(): Promise<void> {
    this.isDraining = true;
    if (this.received.size === 0) return Promise.resolve();
    this.host.clock.after(LAST_HELLO_MS, () => {
      for (const socket of this.strangers) socket.destroy();
    });
    return new Promise(resolve => {
      this.whenNoneReceived.push(resolve);
    });
  }

  /**
   * The workload ends soon: who calls from outside of the mesh is answered as before, and has to connect again for his next request, which
   * leads him to another endpoint. He would stay otherwise until the application is gone: nobody tells him, as callers in the mesh are told.
   */
  partWithStrangers(): void {
    this.isPartingWithStrangers = true;
  }

  /** Handshakes from now on use certificate and authorities as they are now. */
  renew(): void {
    this.acceptor = undefined;
  }

  /** Takes a connection, or throws the Fault that ends it. */
  receive({ port, source }: Arrival, role: RoleOf<'inbound'>): void {
    const called = calledPort(this.host, { port, role, socket: source.socket });
    this.keep(source.socket);
    const call = { port, source, called };
    const isHttp = called.protocol === 'http1' || called.protocol === 'http2';
    // Clients of HTTP speak first, and nobody else is heard in strict mode.
    if (called.mode === 'strict' || isHttp) this.awaitHello(call);
    else this.detect(call);
  }

  private awaitHello(call: Call): void {
    const { limits, coarseNowMs } = this.host;
    const { source } = call;
    this.strangers.add(source.socket);
    const waiting = this.rooms.room.enter(source, {
      deadlineMs: coarseNowMs + limits.tlsHandshakeTimeoutMs,
      onRefused: fault => tellRefusal(this.host, call.port, { fault, socket: source.socket }),
    });
    const reader = new ClientHelloReader();
    waiting.listen(chunk => {
      if (reader.isEmpty && chunk[0] !== HANDSHAKE_BYTE) {
        waiting.leave();
        this.attempt(call, () => this.receiveRequests(call, chunk));
        return;
      }
      const hello = reader.push(chunk);
      if (hello === undefined) return;
      waiting.leave();
      if (isOfMesh(hello)) this.handshake(call, reader.bytes);
      else this.attempt(call, () => this.receiveForeignTls(call, hello, reader.bytes));
    });
  }

  /** In permissive mode anything may come, and the application may be the one that speaks first. */
  private detect(call: Call): void {
    const { called, source } = call;
    const place = called.placeFor('');
    const { protocol: declared, port, subject } = called;
    const leg = this.host.createLeg(source, place);
    this.rooms.detections.enter(
      { source, declared, port, subject, leg, tlsGraceMs: TLS_GRACE_MS },
      {
        onHttp: ({ pending }) => this.attempt(call, () => this.receiveRequests(call, pending)),
        onStream: (found, early) => {
          const { hello, pending } = found;
          if (hello === undefined || !isOfMesh(hello)) {
            const serverName = hello?.serverName ?? '';
            this.host.openWhole({ source, ...place, serverName, pending, early });
            return;
          }
          early?.upstream.drop();
          early?.leg.release();
          this.handshake(call, pending);
        },
        onFailed: fault => this.refuse(call, fault),
      },
    );
  }

  private receiveRequests({ port, called, source }: Call, pending: Buffer): void {
    if (called.mode === 'strict') throw new Fault('plaintext_refused', `port ${called.port} takes mutual TLS only`);
    this.strangers.delete(source.socket);
    source.socket.allowHalfOpen = false;
    const origin = this.receiverFor(called.placeFor(''), { sender: 'stranger', retireAtMs: Infinity });
    this.host.openRequests(source, port.name, { origin, pending });
  }

  /** TLS of the applications themselves. */
  private receiveForeignTls({ called, source }: Call, { serverName }: ClientHello, pending: Buffer): void {
    if (called.mode === 'strict') throw new Fault('peer_refused', `port ${called.port} takes TLS of the mesh only`);
    this.strangers.delete(source.socket);
    this.host.openWhole({ source, ...called.placeFor(''), serverName, pending });
  }

  private handshake(call: Call, pending: Buffer): void {
    const { socket } = call.source;
    socket.on('error', () => socket.destroy());
    this.acceptor ??= this.createAcceptor();
    if (this.acceptor === undefined) {
      this.refuse(call, new Fault('mesh_unavailable', 'this proxy has no certificate of the mesh yet'));
      return;
    }
    this.handshakes.set(socket, call);
    socket.unshift(pending);
    this.acceptor.accept(socket);
  }

  private createAcceptor(): MeshAcceptor | undefined {
    const credentials = this.host.sessions.serverCredentials();
    if (credentials === undefined) return undefined;
    return new MeshAcceptor(credentials.options, {
      handshakeTimeoutMs: this.host.limits.tlsHandshakeTimeoutMs,
      onSecure: socket => this.welcome(socket, credentials.endMs),
      onFailed: (fault, socket) => {
        const call = socket && this.handshakes.get(socket);
        if (call !== undefined) tellRefusal(this.host, call.port, { fault, socket });
        // A peer that resets the connection meanwhile takes the handle along, and the accepted socket hears nothing of it.
        socket?.destroy();
      },
    });
  }

  private welcome(socket: TLSSocket, ownEndMs: number): void {
    const below = socketBelow(socket);
    const call = below && this.handshakes.get(below);
    if (below === undefined || call === undefined) {
      socket.destroy();
      return;
    }
    this.strangers.delete(below);
    socket.once('close', () => below.destroy());
    try {
      this.admit(call, socket, ownEndMs);
    } catch (reason) {
      refuse(this.host, call.port, { fault: Fault.from(reason), socket });
    }
  }

  private admit({ port, called }: Call, socket: TLSSocket, ownEndMs: number): void {
    const peer = this.welcomePeer(socket, ownEndMs);
    const place = called.placeFor(typeof socket.servername === 'string' ? socket.servername.toLowerCase() : '');
    const protocol = innerProtocolOf(socket.alpnProtocol);
    if (protocol === undefined) throw new Fault('peer_refused', 'the caller does not say what it speaks');
    if (protocol === 'tcp' || place.way !== undefined) {
      this.host.openWhole({ source: socket, ...place, serverName: '', pending: undefined, peer });
      return;
    }
    const { identity, retireAtMs } = peer;
    const isBelieved = this.isGateway(identity) && place.believes?.(identity) === true;
    const origin = this.receiverFor(place, { sender: isBelieved ? 'gateway' : 'workload', retireAtMs });
    this.host.openSecuredRequests(socket, port.name, { origin, protocol, peer });
  }

  private isGateway(identity: WorkloadIdentity): boolean {
    return this.host.directory.settings?.gateways.includes(identity) === true;
  }

  private receiverFor({ listener, guards = [] }: WholePlace, from: ReceivedFrom): ServiceReceiver {
    return new ServiceReceiver(this, { listener, guards }, from);
  }

  /**
   * Lets a peer stay as long as the certificates hold. Throws Fault `peer_refused` where nobody vouches for it, and where its certificate
   * is for nobody in the trust domain.
   */
  private welcomePeer(socket: TLSSocket, ownEndMs: number): MeshPeerInfo {
    if (!socket.authorized) throw new Fault('peer_refused', `the caller's certificate is refused: ${reasonOf(socket)}`);
    const { directory, coarseNowMs, clock } = this.host;
    const trustDomain = directory.settings?.trustDomain ?? '';
    const certificate = socket.getPeerX509Certificate();
    const identity = certificate === undefined ? undefined : workloadOf(certificate, trustDomain);
    if (certificate === undefined || identity === undefined) {
      throw new Fault('peer_refused', `the caller's certificate is for nobody of trust domain \`${trustDomain}\``);
    }
    const { usableForMs, endsInMs } = meshLifetime({
      ownEndMs,
      peerEndMs: certificate.validToDate.getTime(),
      wallMs: clock.wallMs(),
    });
    // Requests come to their end before that, as the connection retires; streams, and what takes longer, are cut off.
    const end = clock.after(endsInMs, () => breakOff(socket));
    socket.once('close', () => end.cancel());
    return { identity, retireAtMs: coarseNowMs + usableForMs };
  }

  private keep(socket: Socket): void {
    this.received.add(socket);
    socket.on('close', () => {
      this.received.delete(socket);
      this.strangers.delete(socket);
      if (this.received.size === 0) for (const resolve of this.whenNoneReceived.splice(0)) resolve();
    });
  }

  private attempt(call: Call, action: () => void): void {
    try {
      action();
    } catch (reason) {
      this.refuse(call, Fault.from(reason));
    }
  }

  private refuse({ port, source }: Call, fault: Fault): void {
    refuse(this.host, port, { fault, socket: source.socket });
  }
}

/** Why nobody vouches for a peer, in OpenSSL's words. */
function reasonOf(socket: TLSSocket): string {
  const reason: unknown = socket.authorizationError;
  return reasonWords(reason);
}

function isOfMesh({ protocols }: ClientHello): boolean {
  return protocols.some(name => innerProtocolOf(name) !== undefined);
}
