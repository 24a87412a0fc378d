// SPDX-License-Identifier: Apache-2.0
import { TLSSocket } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { Clock, Fault } from '@weir/base';
import type { Backend, Endpoint, Listener } from '@weir/policy/snapshot';
import type { EndpointLoads } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import { plainAddress } from '../front/peer-addresses.ts';
import type { PeerAddresses } from '../front/peer-addresses.ts';
import type { FrontStream } from '../front/connection-front.ts';
import type { ProxiedEnds } from '../proxy-protocol/proxy-header.ts';
import { sideFromStream } from '../tcp/splice-side.ts';
import type { OpenedSource, SpliceSide } from '../tcp/splice-side.ts';
import { StreamConnection } from '../tcp/stream-connection.ts';
import type { StreamHost, StreamOrigin } from '../tcp/stream-connection.ts';
import { meshSession } from '../mesh/mesh-pools.ts';
import type { WholeConnection } from '../mesh/mesh-front.ts';
import { certificateToShow } from './backend-credentials.ts';
import type { Configuration } from './configuration.ts';
import type { Limits } from './settings.ts';
import type { StreamRuleRuntime } from './stream-rule-runtime.ts';

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
    this.open(source.spliced(), { ...this.endsOf(source), protocol, listener, serverName }, pending);
  }

  /** A connection whose TLS was terminated. */
  openTerminated(socket: TLSSocket, listener: Listener): void {
    const serverName = typeof socket.servername === 'string' ? socket.servername.toLowerCase() : '';
    const side = sideFromStream(socket);
    this.open(side, { ...this.endsOf(side), protocol: 'TLS', listener, serverName }, undefined);
  }

  /** A connection of the mesh. */
  openInMesh({ source, listener: name, serverName, pending }: WholeConnection): void {
    const side = source instanceof TLSSocket ? sideFromStream(source) : source.spliced();
    const protocol = 'TCP';
    const listener: Listener = { name, hostname: '*', protocol, tls: undefined, backendCertificate: undefined };
    this.open(side, { ...this.endsOf(side), protocol, listener, serverName }, pending);
  }

  findRule(listener: string, serverName: string): StreamRuleRuntime | undefined {
    return this.configuration.streams.table(listener)?.find(serverName)?.target;
  }

  backendTls(backend: Backend, endpoint: Endpoint, listener: Listener): ConnectionOptions | undefined {
    const { tls } = backend;
    const { meshSessions } = this.configuration;
    const session = meshSession(endpoint, backend, peer => meshSessions.sessionFor(peer, 'tcp'));
    if (session !== undefined) return session.options;
    if (tls === undefined) return undefined;
    return this.configuration.backendCredentials.sessionFor(tls, certificateToShow(listener)).options;
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

  private open(side: SpliceSide, origin: StreamOrigin, pending: Buffer | undefined): void {
    if (side.socket.destroyed) return;
    const connection = new StreamConnection(side, origin, this);
    this.connections.add(connection);
    connection.start(pending);
  }

  private endsOf({ socket }: SpliceSide): ProxiedEnds {
    const { localAddress = '', localPort = 0 } = socket;
    return { source: this.engine.peers.of(socket), destination: { address: plainAddress(localAddress), port: localPort } };
  }
}
