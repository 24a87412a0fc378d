// SPDX-License-Identifier: Apache-2.0
import { TLSSocket } from 'node:tls';
import { Fault } from '@weir/base';
import type { Clock } from '@weir/base';
import type { Listener } from '@weir/policy/snapshot';
import type { EndpointLoads } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import { plainAddress } from '../front/peer-addresses.ts';
import type { PeerAddresses } from '../front/peer-addresses.ts';
import type { FrontStream } from '../front/connection-front.ts';
import type { ProxiedEnds } from '../proxy-protocol/proxy-header.ts';
import { sideFromStream } from '../tcp/splice-side.ts';
import type { OpenedSource, SpliceSide } from '../tcp/splice-side.ts';
import { StreamConnection } from '../tcp/stream-connection.ts';
import type { StreamHost, StreamOrigin, StreamStart } from '../tcp/stream-connection.ts';
import { StreamLeg } from '../tcp/stream-leg.ts';
import type { CallPlan, EndpointCall, StreamWay } from '../tcp/stream-leg.ts';
import { meshSession } from '../mesh/mesh-pools.ts';
import type { WholeConnection, WholePlace } from '../mesh/mesh-host.ts';
import { certificateToShow } from './backend-credentials.ts';
import type { Configuration } from './configuration.ts';
import type { Limits } from './settings.ts';

/** What connections that are carried whole use of the engine. */
export interface StreamEngine {
  readonly clock: Clock;
  readonly coarseNowMs: number;
  readonly limits: Limits;
  readonly loads: EndpointLoads;
  readonly telemetry: Telemetry;
  readonly peers: PeerAddresses;
}

/** The connections of a worker that are carried whole. */
export class StreamServer implements StreamHost {
  private readonly engine: StreamEngine;
  private readonly configuration: Configuration;
  private readonly connections = new Set<StreamConnection>();

  constructor(engine: StreamEngine, configuration: Configuration) {
    this.engine = engine;
    this.configuration = configuration;
  }

  get clock(): Clock {
    return this.engine.clock;
  }

  get coarseNowMs(): number {
    return this.engine.coarseNowMs;
  }

  get limits(): Limits {
    return this.engine.limits;
  }

  get loads(): EndpointLoads {
    return this.engine.loads;
  }

  get telemetry(): Telemetry {
    return this.engine.telemetry;
  }

  /** A connection of TCP, or of TLS that is not terminated. */
  openRaw(source: OpenedSource, { protocol, listener, serverName, pending }: FrontStream): void {
    this.open(source.spliced(), { ...this.endsOf(source), protocol, listener, serverName }, { pending });
  }

  /** A connection whose TLS was terminated. */
  openTerminated(socket: TLSSocket, listener: Listener): void {
    const serverName = typeof socket.servername === 'string' ? socket.servername.toLowerCase() : '';
    const side = sideFromStream(socket);
    this.open(side, { ...this.endsOf(side), protocol: 'TLS', listener, serverName }, { pending: undefined });
  }

  /** A connection of the mesh. */
  openInMesh(connection: WholeConnection): void {
    const { source } = connection;
    const side = source instanceof TLSSocket ? sideFromStream(source) : source.spliced();
    this.open(side, this.originInMesh(side, connection), connection);
  }

  /** The leg of a connection of the mesh that may become a stream, or why it may not be one. */
  createLeg(source: OpenedSource, place: WholePlace): StreamLeg | Fault {
    const origin = this.originInMesh(source, { serverName: '', ...place });
    try {
      return new StreamLeg(this.findWay(origin), origin, this);
    } catch (reason) {
      return Fault.from(reason);
    }
  }

  findWay(origin: StreamOrigin): StreamWay {
    if (origin.way !== undefined) return origin.way;
    for (const guard of origin.guards ?? []) this.targetOf(guard, origin);
    const { rule, target } = this.targetOf(origin.listener.name, origin);
    const backend = target.reference?.current?.forStream(origin.source.address, target.route);
    return { rule, label: target.label, backend, inner: 'tcp' };
  }

  callPlan({ backend, endpoint, listener, inner }: EndpointCall): CallPlan {
    const { tls } = backend;
    const { mesh, meshSessions } = this.configuration;
    const session = meshSession(endpoint, backend, peer => meshSessions.sessionFor(peer, inner));
    if (session !== undefined) return { tls: session.options, localAddress: mesh.doorTo(endpoint.address) };
    if (tls === undefined) return IN_PLAINTEXT;
    const options = this.configuration.backendCredentials.sessionFor(tls, certificateToShow(listener)).options;
    return { tls: options, localAddress: undefined };
  }

  onClosed(connection: StreamConnection): void {
    this.connections.delete(connection);
  }

  sweep(nowMs: number): void {
    for (const connection of this.connections) connection.sweep(nowMs);
  }

  failAll(fault: Fault): void {
    for (const connection of [...this.connections]) connection.fail(fault.code, fault.message);
  }

  private open(side: SpliceSide, origin: StreamOrigin, start: StreamStart): void {
    if (side.socket.destroyed) {
      start.early?.upstream.drop();
      return;
    }
    const connection = new StreamConnection(side, origin, this);
    this.connections.add(connection);
    connection.start(start);
  }

  private originInMesh(
    side: SpliceSide,
    { listener: name, ...place }: WholePlace & { readonly serverName: string },
  ): StreamOrigin {
    const protocol = 'TCP';
    const listener: Listener = { name, hostname: '*', protocol, tls: undefined, backendCertificate: undefined };
    const { serverName, way, guards, peer } = place;
    return { ...this.endsOf(side), protocol, listener, serverName, way, guards, peerIdentity: peer?.identity };
  }

  private targetOf(listener: string, { serverName, source: { address }, peerIdentity }: StreamOrigin) {
    const rule = this.configuration.streams.table(listener)?.find(serverName)?.target;
    if (rule === undefined) throw new Fault('route_not_found', `no rule of ${listener} takes the connection`);
    return { rule, target: rule.pick(listener, { address, peerIdentity }) };
  }

  private endsOf({ socket }: SpliceSide): ProxiedEnds {
    const { localAddress = '', localPort = 0 } = socket;
    return { source: this.engine.peers.of(socket), destination: { address: plainAddress(localAddress), port: localPort } };
  }
}

const IN_PLAINTEXT: CallPlan = { tls: undefined, localAddress: undefined };
