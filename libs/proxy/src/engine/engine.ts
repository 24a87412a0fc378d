// SPDX-License-Identifier: Apache-2.0
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { Fault } from '@weir/base';
import type { Clock, Exchange, Random } from '@weir/base';
import type { Listener, Port, ResourceName, SplitReport, Transaction } from '@weir/policy/snapshot';
import { createTimeoutLayer } from '@weir/resilience';
import type { EndpointLoads } from '@weir/resilience';
import { admitRequest, hasOneTlsKind, pathPatternOf, selectListener } from '@weir/routing';
import type { Telemetry } from '@weir/telemetry';
import { sourceFromAccepted, sourceFromSecured, sourceFromStream } from '../http1/byte-source.ts';
import type { ByteSource } from '../http1/byte-source.ts';
import { DownstreamConnection } from '../http1/downstream-connection.ts';
import { WriteBatch } from '../http1/socket-writer.ts';
import { Http2DownstreamConnection } from '../http2/downstream-connection.ts';
import { ConnectionFront } from '../front/connection-front.ts';
import type { FrontHost, FrontStream } from '../front/connection-front.ts';
import { PeerAddresses } from '../front/peer-addresses.ts';
import { createPortFront } from '../front/port-front.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import { DatagramServer } from '../udp/datagram-server.ts';
import type { DatagramPort } from '../udp/datagram-port.ts';
import { TlsAcceptor } from '../tls/tls-acceptor.ts';
import { HealthBoards } from '../health/health-boards.ts';
import { createRunningBackend } from '../split/create-backend.ts';
import type { SplitPorts } from '../split/split-backend.ts';
import { SplitTallies } from '../split/split-tallies.ts';
import { TunnelRegistry } from '../websocket/tunnel.ts';
import { askedTimeoutMs } from './asked-timeout.ts';
import { BackendGuards } from './backend-guards.ts';
import { Configuration } from './configuration.ts';
import type { ServedConnection } from './connection-host.ts';
import { ConnectionTable } from './connection-table.ts';
import type { Rejection } from './configuration.ts';
import { ConnectionContext } from './connection-context.ts';
import { createCopySender, createServiceCaller, createTokenVerifiers } from './engine-parts.ts';
import type { EndpointSlots, Engine, EngineOptions, SharedParts } from './engine-contract.ts';
import { applyForwarding } from './forwarding.ts';
import type { LazyTokenVerifiers } from './lazy-token-verifiers.ts';
import { MeshRuntime } from './mesh-runtime.ts';
import type { MeshEngine, SecuredBy } from './mesh-runtime.ts';
import { LoadShedder } from './load-shedder.ts';
import type { RateStores } from '../rate-limit/rate-stores.ts';
import type { ServiceCaller } from '../service-calls/service-caller.ts';
import type { WholeConnection, WholePlace } from '../mesh/mesh-host.ts';
import type { Detected } from '../intercept/detection.ts';
import type { StreamLeg } from '../tcp/stream-leg.ts';
import { PoolRegistry } from './pool-registry.ts';
import { ProtocolDetector } from './protocol-detector.ts';
import type { ConnectionOrigin, PortRuntime } from './port-runtime.ts';
import type { RuleTarget } from './rule-runtime.ts';
import { hasServerWidePath, SERVER_OPTIONS } from './server-options.ts';
import type { Limits } from './settings.ts';
import { SocketDownstream } from './socket-downstream.ts';
import { StreamServer } from './stream-server.ts';
import { SWEEP_MS } from '../upstream/connect-deadline.ts';
import { createRateStores, trafficPorts } from './traffic-ports.ts';

/** Creates an engine without any configuration: it answers 404 on ports that it does not know yet. */
export function createEngine(options: EngineOptions): Engine {
  return new WorkerEngine(options);
}

class WorkerEngine implements Engine, FrontHost, MeshEngine {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly loads: EndpointLoads;
  readonly telemetry: Telemetry;
  readonly batch = new WriteBatch();
  readonly random: Random;
  readonly peers = new PeerAddresses();
  coarseNowMs: number;
  dateText: string;
  isDraining = false;
  readonly shedder: LoadShedder;
  private readonly tunnels = new TunnelRegistry();
  private readonly options: EngineOptions;
  private readonly pools: PoolRegistry;
  private readonly health: HealthBoards;
  private readonly guards: BackendGuards;
  private readonly sendCopy: SplitPorts['sendCopy'];
  private readonly tallies = new SplitTallies();
  private readonly services: ServiceCaller;
  private readonly tokens: LazyTokenVerifiers;
  private readonly rateStores: RateStores;
  private readonly connections: ConnectionTable;
  private readonly configuration: Configuration;
  private readonly front: ConnectionFront;
  private readonly streams: StreamServer;
  private readonly datagrams: DatagramServer;
  private readonly mesh: MeshRuntime;

  constructor(options: EngineOptions) {
    this.options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.limits = options.settings.limits;
    this.loads = options.loads;
    this.telemetry = options.telemetry;
    this.coarseNowMs = options.clock.nowMs();
    this.dateText = httpDate(options.clock.wallMs());
    this.shedder = new LoadShedder(options);
    this.pools = new PoolRegistry(this);
    const { clock, random, backendMemory: memory, telemetry } = options;
    this.health = new HealthBoards(clock);
    this.guards = new BackendGuards({ memory, clock, telemetry });
    this.sendCopy = createCopySender(options);
    this.connections = new ConnectionTable(this.limits);
    const { zone, node, gatewayIdentity } = options.settings;
    this.services = createServiceCaller(options, name => this.configuration.backendReference(name));
    this.tokens = createTokenVerifiers(options);
    this.rateStores = createRateStores(options);
    const filterContext = {
      ...trafficPorts(options, this.rateStores),
      random,
      clock,
      mirror: (backend: ResourceName, exchange: Exchange) =>
        this.sendCopy(backend, exchange, this.configuration.backendReference(backend).dispatch),
      callBackend: this.services.call,
    };
    this.configuration = new Configuration({
      renewMesh: () => this.mesh.renew(),
      clock,
      tokens: this.tokens,
      rateStores: this.rateStores,
      gateway: gatewayIdentity === '' ? undefined : gatewayIdentity,
      rulePorts: { clock, random, filterContext },
      createBackend: (backend, { backendCredentials: credentials, mesh, meshSessions }) =>
        createRunningBackend(backend, {
          ...{ clock, random, credentials, meshSessions, context: this, registry: this.pools },
          ...{ tallies: this.tallies, sendCopy: this.sendCopy },
          doorTo: address => mesh.doorTo(address),
          guards: this.guards,
          health: this.health,
          place: { zone, node },
        }),
      createPort: (port, configuration) => this.createPort(port, configuration),
      yieldTurn: nextTurn,
    });
    this.front = new ConnectionFront(this, this.connections);
    this.streams = new StreamServer(this, this.configuration);
    this.datagrams = new DatagramServer(this, this.configuration);
    const { configuration, connections } = this;
    this.mesh = new MeshRuntime(this, { configuration, connections, options, pools: this.pools });
    clock.every(SWEEP_MS, () => this.sweep());
  }

  get connectionCount(): number {
    return this.connections.count;
  }

  async apply(transaction: Transaction, slots: EndpointSlots, shared: SharedParts = {}): Promise<readonly Rejection[]> {
    this.pools.learnSlots(slots);
    this.health.learn(shared.health ?? []);
    this.guards.learnSlots(shared.backendSlots ?? []);
    const rejections = await this.configuration.apply(transaction);
    this.telemetry.configApplied(transaction.version);
    return rejections;
  }

  takeSplitReport(): SplitReport | undefined {
    return this.tallies.take(this.configuration.splits());
  }

  accept(port: ResourceName, socket: Socket): void {
    if (this.mesh.accept(port, socket)) return;
    const runtime = this.configuration.port(port);
    if (runtime?.front !== undefined) {
      this.front.accept({ ...runtime, front: runtime.front }, socket);
      return;
    }
    const isTls = runtime?.port.protocol === 'TLS';
    const source = isTls ? sourceFromStream(socket) : sourceFromAccepted(socket);
    if (!this.connections.admit(source.socket)) {
      source.socket.destroy();
      return;
    }
    if (isTls) {
      socket.on('error', () => socket.destroy());
      runtime.tls?.accept(socket);
    } else {
      this.open(source, { port, listener: undefined });
    }
  }

  openDatagrams(port: ResourceName, socket: DatagramSocket): DatagramPort {
    return this.datagrams.open(port, socket);
  }

  async drain(): Promise<void> {
    this.isDraining = true;
    await this.connections.drain();
  }

  partWithStrangers(): void {
    this.mesh.partWithStrangers();
  }

  drainReceived(): Promise<void> {
    return this.mesh.drainReceived();
  }

  goAway(): void {
    this.tunnels.goAway();
    this.mesh.goAway();
    this.connections.failAll(drainFault());
    this.streams.failAll(drainFault());
  }

  close(): void {
    const fault = drainFault();
    this.tunnels.failAll(fault);
    // Before the upstream connections end, which would be blamed for it.
    this.connections.failAll(fault);
    this.streams.failAll(fault);
    this.datagrams.close();
    this.connections.close();
    this.pools.close();
    this.tokens.close();
    this.rateStores.close();
  }

  openHttp(source: OpenedSource, port: ResourceName): void {
    this.open(source, { port, listener: undefined });
  }

  openStream(source: OpenedSource, stream: FrontStream): void {
    this.streams.openRaw(source, stream);
  }

  openWhole(connection: WholeConnection): void {
    this.streams.openInMesh(connection);
  }

  createLeg(source: OpenedSource, place: WholePlace): Fault | StreamLeg {
    return this.streams.createLeg(source, place);
  }

  onDetected({ protocol, by }: Detected): void {
    this.telemetry.protocolDetected(protocol, by);
  }

  onRefused({ name, protocol }: Pick<Port, 'name' | 'protocol'>, { code, message }: Fault, socket: Socket | undefined): void {
    if (protocol === 'UDP') return;
    const { address, port } = socket === undefined ? { address: '', port: 0 } : this.peers.of(socket);
    const client = { clientAddress: address, clientPort: port };
    this.telemetry.connectionRefused({ port: name, protocol, ...client, fault: code, faultDetail: message });
  }

  route(exchange: Exchange, origin: ConnectionOrigin): Promise<RuleTarget> | RuleTarget {
    if (origin.mesh !== undefined) return this.mesh.route(exchange, origin.mesh);
    const { request } = exchange;
    applyForwarding(exchange, this.options.settings.trustedHopCount, this.options.random);
    if (hasServerWidePath(request)) return SERVER_OPTIONS;
    return this.routeBy(this.listenerOf(exchange, origin), exchange);
  }

  private listenerOf({ request }: Exchange, origin: ConnectionOrigin): string {
    const port = this.configuration.port(origin.port)?.port;
    if (port === undefined) throw new Fault('route_not_found', `port ${origin.port} is no longer configured`);
    const admission = admitRequest(port, request.host, origin.listener);
    if (admission.fault !== undefined) throw new Fault(admission.fault, `host ${request.host} on ${port.name}`);
    return admission.listener.name;
  }

  routeBy(listener: string, exchange: Exchange): RuleTarget {
    const { request, served } = exchange;
    served.listener = listener;
    const found = this.configuration.table(listener)?.find(request);
    if (found === undefined) throw new Fault('route_not_found', 'no rule matches the request');
    const { rule } = found.target;
    served.route = rule.route;
    served.rule = rule.rule;
    exchange.matchedPrefix = found.matchedPrefix;
    if (exchange.trace !== undefined) exchange.trace.route = pathPatternOf(found);
    const target = found.target.pick(exchange);
    served.backend = target.label;
    exchange.way = target.ways.from(listener);
    if (this.shedder.isShedding) this.shedder.admit(exchange, target.priority());
    return this.wrapTarget(target, exchange);
  }

  /** What a request asks for itself: a deadline, a tunnel. Most ask for nothing. */
  private wrapTarget(target: RuleTarget, exchange: Exchange): RuleTarget {
    if (exchange.upgrade !== undefined) return { ...target, dispatch: this.tunnels.wrap(target.dispatch) };
    const timeoutMs = askedTimeoutMs(exchange);
    if (timeoutMs === undefined) return target;
    const layer = createTimeoutLayer({ timeoutMs, code: 'request_deadline', clock: this.clock, isOfCaller: true });
    return { ...target, dispatch: layer(target.dispatch) };
  }

  /** Writes an exchange's end to log and metrics. */
  record(exchange: Exchange): void {
    this.telemetry.requestEnded(exchange);
  }

  private sweep(): void {
    this.coarseNowMs = this.clock.nowMs();
    this.dateText = httpDate(this.clock.wallMs());
    this.connections.sweep(this.coarseNowMs);
    this.front.sweep(this.coarseNowMs);
    this.mesh.sweep(this.coarseNowMs);
    this.streams.sweep(this.coarseNowMs);
    this.datagrams.sweep(this.coarseNowMs);
    this.pools.sweep(this.coarseNowMs);
    this.guards.sweep(this.coarseNowMs);
    this.services.sweep();
  }

  private createPort(port: Port, configuration: Configuration): PortRuntime {
    const createAcceptor = (listeners: readonly Listener[]): TlsAcceptor =>
      this.createAcceptor({ ...port, listeners }, configuration);
    const front = createPortFront(port, createAcceptor);
    const tls = port.protocol === 'TLS' && hasOneTlsKind(port) ? createAcceptor(port.listeners) : undefined;
    return { port, tls, front };
  }

  private createAcceptor(port: Port, configuration: Configuration): TlsAcceptor {
    const bundle = port.listeners.find(listener => listener.tls?.clientValidation !== undefined)?.tls?.clientValidation
      ?.trustBundle;
    return new TlsAcceptor(port, {
      certificates: configuration.certificates,
      clientAuthoritiesPem: bundle === undefined ? undefined : configuration.trustBundles.get(bundle)?.authoritiesPem,
      handshakeTimeoutMs: this.limits.tlsHandshakeTimeoutMs,
      ticketKeysHex: this.options.settings.ticketKeysHex,
      onSecure: socket => this.openSecure(socket, port.name),
      onHandshakeFailed: (fault, socket) => this.onRefused(port, fault, socket),
    });
  }

  private openSecure(socket: TLSSocket, name: ResourceName): void {
    const serverName =
      socket.servername === '' || typeof socket.servername !== 'string' ? undefined : socket.servername.toLowerCase();
    const port = this.configuration.port(name)?.port;
    const listener = port === undefined || serverName === undefined ? undefined : selectListener(port, serverName);
    const whole = listener ?? (port === undefined ? undefined : selectListener(port, ''));
    if (whole?.protocol === 'TLS') {
      this.streams.openTerminated(socket, whole);
      return;
    }
    this.open(sourceFromSecured(socket), { port: name, listener }, { serverName });
  }

  open(source: ByteSource, origin: ConnectionOrigin, secured: SecuredBy = {}): void {
    const { socket } = source;
    const downstream = new SocketDownstream(socket, this.peers.of(socket), secured);
    if (socket.destroyed) return;
    const host = new ConnectionContext(this, {
      downstream,
      origin,
      onClosed: connection => this.forget(connection, origin),
    });
    this.telemetry.connectionOpened(origin.port);
    this.serve(source, host, secured.protocol);
  }

  /** Over TLS the handshake has told what is spoken, else the first bytes do. */
  private serve(source: ByteSource, host: ConnectionContext, protocol: SecuredBy['protocol']): void {
    const { connections } = this;
    const { socket } = source;
    if (host.downstream.isTls) {
      const isHttp2 = protocol === 'http2' || ('alpnProtocol' in socket && socket.alpnProtocol === 'h2');
      connections.add(isHttp2 ? new Http2DownstreamConnection(source, host) : new DownstreamConnection(source, host));
      return;
    }
    const takeOver = (connection: DownstreamConnection | Http2DownstreamConnection, firstBytes: Buffer): void => {
      connections.delete(detector);
      connections.add(connection);
      connection.receive(firstBytes);
    };
    const detector = new ProtocolDetector(source, host, {
      http1: firstBytes => takeOver(new DownstreamConnection(source, host), firstBytes),
      http2: firstBytes => takeOver(new Http2DownstreamConnection(source, host), firstBytes),
    });
    connections.add(detector);
  }

  private forget(connection: ServedConnection, origin: ConnectionOrigin): void {
    this.connections.delete(connection);
    this.telemetry.connectionClosed(origin.port);
  }
}

function drainFault(): Fault {
  return new Fault('drain_deadline', 'the gateway ended before it was complete');
}

/** RFC 9110 §5.6.7. */
function httpDate(wallMs: number): string {
  return new Date(wallMs).toUTCString();
}

const nextTurn: () => Promise<void> = promisify(setImmediate);
