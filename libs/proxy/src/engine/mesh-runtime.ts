// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Fault } from '@weir/base';
import type { Clock, Exchange, Random } from '@weir/base';
import type { Port, ResourceName } from '@weir/policy/snapshot';
import { sourceFromSecured } from '../http1/byte-source.ts';
import type { ByteSource } from '../http1/byte-source.ts';
import type { MeshDirectory } from '../mesh/mesh-directory.ts';
import { MeshFront } from '../mesh/mesh-front.ts';
import type { AddressAnswer, MeshHost, OpenedRequests, SecuredRequests, WholeConnection, WholePlace } from '../mesh/mesh-host.ts';
import type { MeshOrigin, OutsidePlace } from '../mesh/mesh-origin.ts';
import { OutsideCalls } from '../mesh/outside-calls.ts';
import type { MeshSessions } from '../mesh/mesh-sessions.ts';
import { plainAddress } from '../front/peer-addresses.ts';
import { addressBytes, addressText } from '../listen/address-bytes.ts';
import type { PoolRegistry } from './pool-registry.ts';
import type { Detected } from '../intercept/detection.ts';
import type { ReadOriginalDestination } from '../intercept/original-destination.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import type { StreamLeg } from '../tcp/stream-leg.ts';
import type { Configuration } from './configuration.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { EngineOptions } from './engine-contract.ts';
import type { ConnectionOrigin } from './port-runtime.ts';
import type { RuleTarget } from './rule-runtime.ts';
import { hasServerWidePath, SERVER_OPTIONS } from './server-options.ts';
import type { Limits } from './settings.ts';
import type { PeerNames } from './socket-downstream.ts';

/** What goes to places that no Service has is told by this name: others would come from requests. */
const OUTSIDE = 'outside';

/** What the handshake of a connection has told. */
export interface SecuredBy extends PeerNames {
  /** Undefined = ALPN tells. */
  readonly protocol?: SecuredRequests['protocol'];
}

/** What the mesh uses of the engine. */
export interface MeshEngine {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly coarseNowMs: number;
  readonly random: Random;
  open(source: ByteSource, origin: ConnectionOrigin, secured?: SecuredBy): void;
  openWhole(connection: WholeConnection): void;
  createLeg(source: OpenedSource, place: WholePlace): StreamLeg | Fault;
  onDetected(detected: Detected): void;
  onRefused(port: Pick<Port, 'name' | 'protocol'>, fault: Fault, socket: Socket | undefined): void;
  routeBy(listener: string, exchange: Exchange): RuleTarget;
}

export interface MeshRuntimeParts {
  readonly configuration: Configuration;
  readonly connections: ConnectionTable;
  readonly pools: PoolRegistry;
  readonly options: Pick<EngineOptions, 'needAddress' | 'needService' | 'readDestination'>;
}

/** A fraction of the minutes after which what is not used is forgotten. */
const USE_NOTE_MS = 30_000;

/** A sidecar's half of the engine: who calls whom in the mesh. Without ports of a sidecar it does nothing. */
export class MeshRuntime implements MeshHost {
  private readonly engine: MeshEngine;
  private readonly parts: MeshRuntimeParts;
  private readonly front: MeshFront;
  private readonly outside: OutsideCalls;
  /** By listener: when the control plane's client last heard of its use. */
  private readonly usedMs = new Map<string, number>();

  constructor(engine: MeshEngine, parts: MeshRuntimeParts) {
    this.engine = engine;
    this.parts = parts;
    this.front = new MeshFront(this, parts.connections);
    this.outside = new OutsideCalls(parts.pools);
  }

  get limits(): Limits {
    return this.engine.limits;
  }

  get clock(): Clock {
    return this.engine.clock;
  }

  get coarseNowMs(): number {
    return this.engine.coarseNowMs;
  }

  get random(): Random {
    return this.engine.random;
  }

  get directory(): MeshDirectory {
    return this.parts.configuration.mesh;
  }

  get sessions(): MeshSessions {
    return this.parts.configuration.meshSessions;
  }

  get readDestination(): ReadOriginalDestination | undefined {
    return this.parts.options.readDestination;
  }

  /** Takes a freshly accepted connection of a sidecar's port; false = the port is none. */
  accept(name: ResourceName, socket: Socket): boolean {
    const port = this.directory.sidecarPort(name);
    if (port !== undefined) this.front.accept(port, socket);
    return port !== undefined;
  }

  /** Certificate, authorities or trust domain may be others than before. */
  renew(): void {
    this.sessions.renew();
    this.front.renew();
  }

  partWithStrangers(): void {
    this.front.partWithStrangers();
  }

  drainReceived(): Promise<void> {
    return this.front.drainReceived();
  }

  goAway(): void {
    this.front.goAway();
  }

  sweep(nowMs: number): void {
    this.front.sweep(nowMs);
  }

  /** Finds the rule for a request of the mesh, when what it needs has come. */
  route(exchange: Exchange, origin: MeshOrigin): Promise<RuleTarget> | RuleTarget {
    origin.enter(exchange);
    if (hasServerWidePath(exchange.request)) return SERVER_OPTIONS;
    const outside = origin.outsideOf?.(exchange);
    if (outside !== undefined) return this.routeOutside(outside, exchange);
    const listener = origin.listenerOf(exchange);
    const isThere = this.parts.configuration.hasRules(listener);
    if (isThere) this.noteUse(listener, origin);
    const arriving = isThere ? undefined : origin.need(listener);
    if (arriving === undefined) return this.routeGuarded(listener, exchange, origin.guards);
    return arriving.then(() => this.routeGuarded(origin.listenerOf(exchange), exchange, origin.guards));
  }

  private async routeOutside({ host, port }: OutsidePlace, exchange: Exchange): Promise<RuleTarget> {
    exchange.served.listener = OUTSIDE;
    exchange.served.backend = OUTSIDE;
    const address = plainAddress(isIP(host) === 0 ? await this.lookUp(host) : addressText(addressBytes(host)));
    const { directory } = this;
    // By its address alone it would go past the rules of whoever has it.
    if (directory.serviceAt(address) !== undefined || directory.isInRanges(address)) {
      throw new Fault('destination_refused', `${address} is in the mesh: name its Service, or use CONNECT`);
    }
    return this.outside.targetTo({ address, port });
  }

  /** Throws Fault `upstream_connect_failed` where it has none. */
  async lookUp(name: string): Promise<string> {
    const { lookUpName } = await import('../mesh/name-lookup.ts');
    return lookUpName(name);
  }

  /** What all of them ask of a request is asked before it goes by the rules of the first. */
  private routeGuarded(listener: string, exchange: Exchange, guards: readonly string[]): RuleTarget {
    if (guards.length === 0) return this.engine.routeBy(listener, exchange);
    const filters = guards.flatMap(guard => this.engine.routeBy(guard, exchange).filters);
    const target = this.engine.routeBy(listener, exchange);
    return { ...target, filters: [...target.filters, ...filters] };
  }

  /** What is used is asked for again and again: what nobody asks for is forgotten. */
  private noteUse(listener: string, origin: MeshOrigin): void {
    const { coarseNowMs } = this.engine;
    if (coarseNowMs - (this.usedMs.get(listener) ?? -Infinity) < USE_NOTE_MS) return;
    this.usedMs.set(listener, coarseNowMs);
    // It is there, whatever comes of this.
    origin.need(listener)?.catch(() => undefined);
  }

  need(service: ResourceName): Promise<void> | undefined {
    return this.parts.options.needService?.(service);
  }

  needAddress(address: string): Promise<AddressAnswer> | undefined {
    return this.parts.options.needAddress?.(address);
  }

  openRequests(source: OpenedSource, port: ResourceName, { origin: mesh, pending }: OpenedRequests): void {
    this.engine.open(source, { port, listener: undefined, mesh });
    if (pending !== undefined && pending.length > 0) source.deliver(pending);
    source.socket.resume();
  }

  openSecuredRequests(socket: TLSSocket, port: ResourceName, { origin: mesh, protocol, peer }: SecuredRequests): void {
    const { identity } = peer;
    this.engine.open(sourceFromSecured(socket), { port, listener: undefined, mesh }, { protocol, identity });
  }

  openWhole(connection: WholeConnection): void {
    this.engine.openWhole(connection);
  }

  createLeg(source: OpenedSource, place: WholePlace): StreamLeg | Fault {
    return this.engine.createLeg(source, place);
  }

  onDetected(detected: Detected): void {
    this.engine.onDetected(detected);
  }

  onRefused(port: Pick<Port, 'name' | 'protocol'>, fault: Fault, socket: Socket | undefined): void {
    this.engine.onRefused(port, fault, socket);
  }
}
