// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, Exchange, Fault, Random } from '@weir/base';
import type { Port, ResourceName } from '@weir/policy/snapshot';
import { sourceFromSecured } from '../http1/byte-source.ts';
import type { ByteSource } from '../http1/byte-source.ts';
import type { MeshDirectory } from '../mesh/mesh-directory.ts';
import { MeshFront } from '../mesh/mesh-front.ts';
import type { MeshHost, SecuredRequests, WholeConnection } from '../mesh/mesh-front.ts';
import type { MeshOrigin } from '../mesh/mesh-origin.ts';
import type { MeshSessions } from '../mesh/mesh-sessions.ts';
import type { OpenedSource } from '../tcp/splice-side.ts';
import type { Configuration } from './configuration.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { EngineOptions } from './engine-contract.ts';
import type { ConnectionOrigin } from './port-runtime.ts';
import type { RuleTarget } from './rule-runtime.ts';
import { hasServerWidePath, SERVER_OPTIONS } from './server-options.ts';
import type { Limits } from './settings.ts';
import type { PeerNames } from './socket-downstream.ts';

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
  onRefused(port: Pick<Port, 'name' | 'protocol'>, fault: Fault, socket: Socket | undefined): void;
  routeBy(listener: string, exchange: Exchange): RuleTarget;
}

export interface MeshRuntimeParts {
  readonly configuration: Configuration;
  readonly connections: ConnectionTable;
  readonly needService: EngineOptions['needService'];
}

/** A fraction of the minutes after which what is not used is forgotten. */
const USE_NOTE_MS = 30_000;

/** A sidecar's half of the engine: who calls whom in the mesh. Without ports of a sidecar it does nothing. */
export class MeshRuntime implements MeshHost {
  private readonly engine: MeshEngine;
  private readonly parts: MeshRuntimeParts;
  private readonly front: MeshFront;
  /** By listener: when the control plane's client last heard of its use. */
  private readonly usedMs = new Map<string, number>();

  constructor(engine: MeshEngine, parts: MeshRuntimeParts) {
    this.engine = engine;
    this.parts = parts;
    this.front = new MeshFront(this, parts.connections);
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

  drainReceived(): Promise<void> {
    return this.front.drainReceived();
  }

  sweep(nowMs: number): void {
    this.front.sweep(nowMs);
  }

  /** Finds the rule for a request of the mesh, when what it needs has come. */
  route(exchange: Exchange, origin: MeshOrigin): Promise<RuleTarget> | RuleTarget {
    origin.enter(exchange);
    if (hasServerWidePath(exchange.request)) return SERVER_OPTIONS;
    const listener = origin.listenerOf(exchange);
    const isThere = this.parts.configuration.hasRules(listener);
    if (isThere) this.noteUse(listener, origin);
    const arriving = isThere ? undefined : origin.need(listener);
    if (arriving === undefined) return this.engine.routeBy(listener, exchange);
    return arriving.then(() => this.engine.routeBy(origin.listenerOf(exchange), exchange));
  }

  /** What is used is asked for again and again: what nobody asks for is forgotten. */
  private noteUse(listener: string, origin: MeshOrigin): void {
    const { coarseNowMs } = this.engine;
    if (coarseNowMs - (this.usedMs.get(listener) ?? -Infinity) < USE_NOTE_MS) return;
    this.usedMs.set(listener, coarseNowMs);
    void origin.need(listener);
  }

  need(service: ResourceName): Promise<void> | undefined {
    return this.parts.needService?.(service);
  }

  openRequests(source: OpenedSource, port: ResourceName, mesh: MeshOrigin): void {
    this.engine.open(source, { port, listener: undefined, mesh });
    source.socket.resume();
  }

  openSecuredRequests(socket: TLSSocket, port: ResourceName, { origin: mesh, protocol, peer }: SecuredRequests): void {
    const { identity } = peer;
    this.engine.open(sourceFromSecured(socket), { port, listener: undefined, mesh }, { protocol, identity });
  }

  openWhole(connection: WholeConnection): void {
    this.engine.openWhole(connection);
  }

  onRefused(port: Pick<Port, 'name' | 'protocol'>, fault: Fault, socket: Socket | undefined): void {
    this.engine.onRefused(port, fault, socket);
  }
}
