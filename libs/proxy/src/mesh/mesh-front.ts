// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Fault } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import type { InboundPort, InboundService, ResourceName, SidecarPort, SidecarRole } from '@weir/policy/snapshot';
import type { ConnectionTable } from '../engine/connection-table.ts';
import type { Limits } from '../engine/settings.ts';
import { WaitingRoom } from '../front/waiting-room.ts';
import { openAccepted } from '../tcp/splice-side.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import { ClientHelloReader } from '../tls/client-hello.ts';
import { socketBelow } from '../tls/socket-below.ts';
import { MeshAcceptor } from './mesh-acceptor.ts';
import { ProxyCaller, ServiceCaller } from './mesh-caller.ts';
import { listenerFor } from './mesh-directory.ts';
import type { MeshDestination, MeshDirectory } from './mesh-directory.ts';
import type { MeshOrigin } from './mesh-origin.ts';
import { innerProtocolOf } from './mesh-protocols.ts';
import type { InnerProtocol } from './mesh-protocols.ts';
import { meantService, ServiceReceiver } from './mesh-receiver.ts';
import type { ReceiverParts } from './mesh-receiver.ts';
import type { MeshSessions } from './mesh-sessions.ts';
import { workloadOf } from './workload-uri.ts';

/** A peer that has shown who it is. */
export interface MeshPeerInfo {
  readonly identity: string;
  /** From then on the connection takes no more requests, by the engine's clock. */
  readonly retireAtMs: number;
}

/** What the front needs of the engine. */
export interface MeshHost {
  readonly limits: Limits;
  readonly coarseNowMs: number;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly random: Random;
  readonly directory: MeshDirectory;
  readonly sessions: MeshSessions;
  need(service: ResourceName): Promise<void> | undefined;
  /** A connection whose bytes are requests; where `protocol` is undefined the first of them tell which version. */
  openRequests(source: OpenedSource, port: ResourceName, origin: MeshOrigin): void;
  openSecuredRequests(socket: TLSSocket, port: ResourceName, opened: SecuredRequests): void;
  /** A connection that is carried whole, by the stream rules of a listener. */
  openWhole(connection: WholeConnection): void;
  onRefused(port: RefusingPort, fault: Fault, socket: Socket | undefined): void;
}

/** As telemetry names it. */
interface RefusingPort {
  readonly name: ResourceName;
  readonly protocol: 'TCP' | 'TLS';
}

export interface SecuredRequests {
  readonly origin: MeshOrigin;
  readonly protocol: Exclude<InnerProtocol, 'tcp'>;
  readonly peer: MeshPeerInfo;
}

export interface WholeConnection {
  readonly source: OpenedSource | TLSSocket;
  /** By whose stream rules it goes. */
  readonly listener: string;
  /** '' = none. */
  readonly serverName: string;
  /** What was read already, in memory of its own. */
  readonly pending: Buffer | undefined;
  readonly peer: MeshPeerInfo | undefined;
}

type RoleOf<Kind extends SidecarRole['kind']> = SidecarRole & { readonly kind: Kind };

/** A connection to the application whose first bytes are being looked at. */
interface Arrival {
  readonly port: SidecarPort;
  readonly inbound: InboundPort;
  readonly source: OpenedSource;
}

/** The first byte of a TLS connection (RFC 8446 §5.1: a handshake record). */
const HANDSHAKE_BYTE = 22;
/** However long certificates live: who was let in is looked at again at least so often. */
const MAX_CONNECTION_MS = 12 * 3_600_000;

/** Takes the connections of a sidecar: calls of its application, and calls to it. */
export class MeshFront implements ReceiverParts {
  isDraining = false;
  private readonly host: MeshHost;
  private readonly connections: ConnectionTable;
  private readonly room = new WaitingRoom();
  /** Calls to the application. */
  private readonly received = new Set<Socket>();
  private readonly whenNoneReceived: (() => void)[] = [];
  /** Undefined = there is no certificate, or it was replaced. */
  private acceptor: MeshAcceptor | undefined;
  /** Ports of handshakes under way, by the socket below. */
  private readonly handshakes = new WeakMap<Socket, Arrival>();

  constructor(host: MeshHost, connections: ConnectionTable) {
    this.host = host;
    this.connections = connections;
  }

  get random(): Random {
    return this.host.random;
  }

  /** Lets calls to the application end with the answers that are owed; resolves when none is left. */
  drainReceived(): Promise<void> {
    this.isDraining = true;
    if (this.received.size === 0) return Promise.resolve();
    return new Promise(resolve => {
      this.whenNoneReceived.push(resolve);
    });
  }

  /** Handshakes from now on use certificate and authorities as they are now. */
  renew(): void {
    this.acceptor = undefined;
  }

  sweep(nowMs: number): void {
    this.room.sweep(nowMs);
  }

  /** Takes a freshly accepted connection. */
  accept(port: SidecarPort, accepted: Socket): void {
    const source = openAccepted(accepted);
    const { socket } = source;
    if (!this.connections.admit(socket)) {
      socket.destroy();
      return;
    }
    try {
      this.enter(port, source);
    } catch (reason) {
      this.refuse(port, Fault.from(reason), socket);
    }
  }

  private enter(port: SidecarPort, source: OpenedSource): void {
    const { role, namespace } = port;
    switch (role.kind) {
      case 'inbound':
        this.receive(port, role, source);
        break;
      case 'outbound':
        this.call(port, this.destinationOf(role), source);
        break;
      case 'proxy':
        source.socket.allowHalfOpen = false;
        this.host.openRequests(source, port.name, new ProxyCaller(this.host, namespace));
        break;
      case 'captured':
        throw new Fault('destination_refused', 'captured connections are not served here');
    }
  }

  private destinationOf({ service, port }: RoleOf<'outbound'>): MeshDestination {
    const destination = this.host.directory.destination(service, port);
    if (destination !== undefined) return destination;
    throw new Fault('mesh_unavailable', `there is no port ${port} of ${service}`);
  }

  private call({ name, namespace }: SidecarPort, destination: MeshDestination, source: OpenedSource): void {
    const { host } = this;
    const { port, service } = destination;
    if (port.protocol === 'tcp' || port.protocol === 'tls') {
      const listener = listenerFor(port, namespace);
      const open = (): void => host.openWhole({ source, listener, serverName: '', pending: undefined, peer: undefined });
      const arriving = host.need(service.name);
      if (arriving === undefined) open();
      else void arriving.then(open, open);
      return;
    }
    source.socket.allowHalfOpen = false;
    host.openRequests(source, name, new ServiceCaller(host, destination, namespace));
  }

  private receive(port: SidecarPort, { workload, port: number }: RoleOf<'inbound'>, source: OpenedSource): void {
    const { directory, limits, coarseNowMs } = this.host;
    const at = number ?? port.port;
    const inbound = directory.inboundPort(workload, at);
    if (inbound === undefined) throw new Fault('mesh_unavailable', `${workload} serves nothing at port ${at}`);
    this.keep(source.socket);
    const arrival: Arrival = { port, inbound, source };
    const waiting = this.room.enter(source, {
      deadlineMs: coarseNowMs + limits.tlsHandshakeTimeoutMs,
      onRefused: fault => this.tell(port, fault, source.socket),
    });
    const reader = new ClientHelloReader();
    waiting.listen(chunk => {
      const isFirst = reader.isEmpty;
      if (isFirst && chunk[0] !== HANDSHAKE_BYTE) {
        waiting.leave();
        this.receivePlaintext(arrival, chunk);
        return;
      }
      const hello = reader.push(chunk);
      if (hello === undefined) return;
      waiting.leave();
      const isOfMesh = hello.protocols.some(name => innerProtocolOf(name) !== undefined);
      if (isOfMesh) this.handshake(arrival, reader.bytes);
      else this.receiveForeignTls(arrival, reader.bytes);
    });
  }

  private keep(socket: Socket): void {
    this.received.add(socket);
    socket.on('close', () => {
      this.received.delete(socket);
      if (this.received.size === 0) for (const resolve of this.whenNoneReceived.splice(0)) resolve();
    });
  }

  private receivePlaintext({ port, inbound, source }: Arrival, pending: Buffer): void {
    try {
      if (inbound.mode === 'strict') throw new Fault('plaintext_refused', `port ${inbound.port} takes mutual TLS only`);
      const service = meantService(inbound, '');
      if (inbound.protocol === 'tcp' || inbound.protocol === 'tls') {
        this.host.openWhole({ source, listener: service.listener, serverName: '', pending, peer: undefined });
        return;
      }
      source.socket.allowHalfOpen = false;
      this.host.openRequests(source, port.name, new ServiceReceiver(this, service, { sender: 'stranger', retireAtMs: Infinity }));
      source.deliver(pending);
      source.socket.resume();
    } catch (reason) {
      this.refuse(port, Fault.from(reason), source.socket);
    }
  }

  /** TLS of the applications themselves. */
  private receiveForeignTls({ port, inbound, source }: Arrival, pending: Buffer): void {
    try {
      if (inbound.mode === 'strict') throw new Fault('peer_refused', `port ${inbound.port} takes TLS of the mesh only`);
      const { listener } = meantService(inbound, '');
      this.host.openWhole({ source, listener, serverName: '', pending, peer: undefined });
    } catch (reason) {
      this.refuse(port, Fault.from(reason), source.socket);
    }
  }

  private handshake(arrival: Arrival, pending: Buffer): void {
    const { port, source } = arrival;
    const { socket } = source;
    socket.on('error', () => socket.destroy());
    this.acceptor ??= this.createAcceptor();
    if (this.acceptor === undefined) {
      this.refuse(port, new Fault('mesh_unavailable', 'this proxy has no certificate of the mesh yet'), socket);
      return;
    }
    this.handshakes.set(socket, arrival);
    socket.unshift(pending);
    this.acceptor.accept(socket);
  }

  private createAcceptor(): MeshAcceptor | undefined {
    const material = this.host.sessions.serverOptions();
    if (material === undefined) return undefined;
    return new MeshAcceptor(material, {
      handshakeTimeoutMs: this.host.limits.tlsHandshakeTimeoutMs,
      onSecure: socket => this.welcome(socket),
      onFailed: (fault, socket) => {
        const arrival = socket && this.handshakes.get(socket);
        if (arrival !== undefined) this.tell(arrival.port, fault, socket);
      },
    });
  }

  private welcome(socket: TLSSocket): void {
    const arrival = this.arrivalOf(socket);
    if (arrival === undefined) {
      socket.destroy();
      return;
    }
    try {
      this.admit(arrival, socket);
    } catch (reason) {
      this.refuse(arrival.port, Fault.from(reason), socket);
    }
  }

  private admit({ port, inbound }: Arrival, socket: TLSSocket): void {
    const peer = this.peerOf(socket);
    const service = meantService(inbound, typeof socket.servername === 'string' ? socket.servername.toLowerCase() : '');
    const protocol = innerProtocolOf(socket.alpnProtocol);
    if (protocol === undefined) throw new Fault('peer_refused', 'the caller does not say what it speaks');
    const { listener } = service;
    if (protocol === 'tcp') {
      this.host.openWhole({ source: socket, listener, serverName: '', pending: undefined, peer });
      return;
    }
    const origin = this.receiverFor(service, peer);
    this.host.openSecuredRequests(socket, port.name, { origin, protocol, peer });
  }

  private receiverFor(service: InboundService, { identity, retireAtMs }: MeshPeerInfo): ServiceReceiver {
    const isGateway = this.host.directory.settings?.gateways.includes(identity) === true;
    return new ServiceReceiver(this, service, { sender: isGateway ? 'gateway' : 'workload', retireAtMs });
  }

  /** Throws Fault `peer_refused` for a certificate that is for nobody in the trust domain. */
  private peerOf(socket: TLSSocket): MeshPeerInfo {
    const { directory, coarseNowMs, clock } = this.host;
    const trustDomain = directory.settings?.trustDomain ?? '';
    const certificate = socket.getPeerX509Certificate();
    const identity = certificate === undefined ? undefined : workloadOf(certificate, trustDomain);
    if (certificate === undefined || identity === undefined) {
      throw new Fault('peer_refused', `the caller's certificate is for nobody of trust domain \`${trustDomain}\``);
    }
    const leftMs = certificate.validToDate.getTime() - clock.wallMs();
    return { identity, retireAtMs: coarseNowMs + Math.min(MAX_CONNECTION_MS, leftMs) };
  }

  private arrivalOf(socket: TLSSocket): Arrival | undefined {
    const below = socketBelow(socket);
    return below && this.handshakes.get(below);
  }

  private refuse(port: SidecarPort, fault: Fault, socket: Socket): void {
    this.tell(port, fault, socket);
    socket.on('error', () => undefined);
    socket.destroy();
  }

  private tell({ name }: SidecarPort, fault: Fault, socket: Socket | undefined): void {
    this.host.onRefused({ name, protocol: fault.code === 'plaintext_refused' ? 'TCP' : 'TLS' }, fault, socket);
  }
}
