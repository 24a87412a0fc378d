// SPDX-License-Identifier: Apache-2.0
import { CONTEXT_FIELD, Fault, stack } from '@weir/base';
import type { Clock, Dispatch, Exchange, Random, ResponseHandler, Session, UpstreamCall } from '@weir/base';
import type { Backend, Balance, Endpoint, Utilization } from '@weir/policy/snapshot';
import {
  createZonePicker,
  faultedCall,
  hashKeyOfClient,
  hashKeyReader,
  MeasuredCall,
  openSession,
  ownZoneOf,
  pickUntried,
  ReportingCall,
  SessionCall,
  SessionEndpoints,
} from '@weir/resilience';
import type { ConnectionGate, EndpointLatency, EndpointPicker, EndpointUtilization, ProxyPlace } from '@weir/resilience';
import { writeContext } from '../mesh/mesh-context.ts';
import { MeshPools } from '../mesh/mesh-pools.ts';
import type { MeshSessions } from '../mesh/mesh-sessions.ts';
import type { BackendHealth } from '../health/backend-health.ts';
import type { HealthBoards } from '../health/health-boards.ts';
import type { BackendGuard, BackendGuards } from './backend-guards.ts';
import type { BackendCredentials } from './backend-credentials.ts';
import { endpointKey } from './endpoint-key.ts';
import type { EndpointPool, PoolContext } from './endpoint-pool.ts';
import { failedCall } from './failing-dispatch.ts';
import type { PoolNeeds, PoolRegistry } from './pool-registry.ts';
import type { RunningBackend } from './running-backend.ts';
import { SecuredPools } from './secured-pools.ts';
import { labelOfService } from '../split/revision-backends.ts';

/** An endpoint that the balancer has chosen. */
export interface ChosenEndpoint {
  readonly index: number;
  readonly endpoint: Endpoint;
  /** `address:port`. */
  readonly key: string;
  /** Place in the shared loads. */
  readonly slot: number;
}

export interface BackendPorts {
  readonly context: PoolContext;
  readonly clock: Clock;
  readonly random: Random;
  readonly credentials: BackendCredentials;
  readonly meshSessions: MeshSessions;
  /** See MeshDirectory.doorTo; absent = no address is the own host's. */
  readonly doorTo?: (address: string) => string | undefined;
  /** Undefined = no endpoint is ever left alone. */
  readonly health?: HealthBoards;
  readonly guards: BackendGuards;
  /** Where the gateway runs; absent = not known. */
  readonly place?: ProxyPlace;
}

const NOWHERE: ProxyPlace = { zone: '', node: '' };

/** A backend at work: its endpoints' pools and the picker over them. Made anew when its endpoints change. */
export class BackendRuntime implements RunningBackend {
  readonly backend: Backend;
  readonly runtimes: readonly BackendRuntime[] = [this];
  /** None where connections have a preamble. */
  private readonly pools: readonly EndpointPool[];
  /** Undefined, as for most: HTTP in plaintext is all that connections carry. */
  private readonly secured: MeshPools | SecuredPools | undefined;
  private readonly keys: readonly string[];
  private readonly slots: readonly number[];
  /** Undefined, as for most: nobody looks at how its endpoints are. */
  private readonly health: BackendHealth | undefined;
  private readonly picker: EndpointPicker;
  /** Undefined unless the balancer goes by something of the request. */
  private readonly keyOf: ((exchange: Exchange) => number) | undefined;
  /** None unless the balancer goes by how fast endpoints answer. */
  private readonly latencies: readonly EndpointLatency[];
  /** None unless the balancer goes by what endpoints report. */
  private readonly utilizations: readonly EndpointUtilization[];
  private readonly registry: PoolRegistry;
  private readonly guard: BackendGuard;
  /** Undefined = as many connections as each endpoint may have. */
  readonly gate: ConnectionGate | undefined;
  /** What of a backend decides which pools it uses. */
  private readonly needs: Backend & Pick<PoolNeeds, 'gate'>;
  private readonly clock: Clock;
  private readonly sessions: SessionEndpoints;
  /** Sends one attempt, unless the backend's breaker or limits are against it. */
  readonly dispatch: Dispatch;

  constructor(backend: Backend, registry: PoolRegistry, ports: BackendPorts) {
    const { context, clock, random, guards, health, place = NOWHERE } = ports;
    const { endpoints, balance } = backend;
    this.backend = backend;
    this.registry = registry;
    this.guard = guards.enter(backend);
    const { layers, gate } = this.guard;
    this.gate = gate;
    this.needs = gate === undefined ? backend : { ...backend, gate };
    this.dispatch = stack((exchange, handler) => this.attempt(exchange, handler), ...layers);
    this.clock = clock;
    for (const endpoint of endpoints) registry.enter(endpoint);
    this.secured = securedPools(this.needs, registry, ports);
    this.pools = this.secured === undefined ? endpoints.map(endpoint => registry.acquire(endpoint, this.needs)) : [];
    this.keys = endpoints.map(endpointKey);
    this.sessions = new SessionEndpoints(labelOfService(backend.label), this.keys);
    this.slots = endpoints.map(endpoint => registry.slotOf(endpoint));
    this.latencies = balance === 'peakEwma' ? endpoints.map(endpoint => registry.latencyOf(endpoint, clock)) : [];
    const owner = { clock, name: backend.name };
    this.utilizations = isUtilization(balance) ? endpoints.map(one => registry.utilizationOf(one, balance, owner)) : [];
    this.keyOf = hashKeyReader(balance);
    const { keys: names, slots, latencies, utilizations } = this;
    const ownZone = ownZoneOf(backend, place);
    const options = { names, slots, loads: context.loads, latencies, utilizations, clock, random, zone: ownZone };
    this.health = health?.of(backend);
    this.picker = this.health?.createPicker(balance, options) ?? createZonePicker(balance, options);
  }

  /** To an endpoint of the balancer's choice, another than those of earlier attempts where there is one. */
  private attempt(exchange: Exchange, handler: ResponseHandler): UpstreamCall {
    const session = this.sessionOf(exchange);
    const index = exchange.attempts === 0 ? this.pickFirst(exchange, session) : this.pickAnother(exchange);
    const key = this.keys[index];
    exchange.attempts++;
    if (key === undefined) return failedCall(handler, 'no_endpoints', this.emptiness);
    exchange.served.endpoint = key;
    const taker = session === undefined ? handler : new SessionCall(session, this.sessions.idAt(index), handler);
    const span = exchange.trace?.attempt(exchange, key, taker);
    return span === undefined ? this.call(index, exchange, taker) : span.follow(this.call(index, exchange, span));
  }

  /** Whether sessions with this endpoint are at home here. */
  hasSessionsOf(endpointId: string): boolean {
    return this.sessions.indexOf(endpointId) !== -1;
  }

  /** What stands in `exchange` goes before the backend's own: a route is nearer than a Service. */
  private sessionOf(exchange: Exchange): Session | undefined {
    const { sessionPersistence } = this.backend;
    if (exchange.session !== undefined || sessionPersistence === undefined) return exchange.session;
    const session = openSession(exchange, sessionPersistence, this.clock);
    exchange.session = session;
    return session;
  }

  /** -1 = the session has no endpoint here, or one that is left alone: it moves to another. */
  private homeOf(session: Session | undefined): number {
    const index = session?.endpointId === undefined ? -1 : this.sessions.indexOf(session.endpointId);
    return this.health?.isAvailable(index) === false ? -1 : index;
  }

  /** Sends to an endpoint, measured where the balancer goes by that. */
  private call(index: number, exchange: Exchange, handler: ResponseHandler): UpstreamCall {
    const utilization = this.utilizations[index];
    if (utilization !== undefined) return this.observe(index, exchange, new ReportingCall(utilization, this.clock, handler));
    const latency = this.latencies[index];
    if (latency === undefined) return this.observe(index, exchange, handler);
    const call = new MeasuredCall(latency, handler);
    return call.follow(this.observe(index, exchange, call));
  }

  /** Why there is no endpoint for a request or connection, for people. */
  get emptiness(): string {
    const { endpoints, label } = this.backend;
    if (endpoints.length === 0) return `${label} has no ready endpoints`;
    return `none of the ${endpoints.length} endpoints of ${label} is available: each is ejected or fails its health checks`;
  }

  /** A client's whole connection has reached an endpoint (an index), or could not. */
  noteConnect(index: number, isConnected: boolean): void {
    this.health?.noteConnect(index, isConnected);
  }

  /**
   * An endpoint for a client's whole connection, another than `excluded` (an index) where there is one; undefined = there is none.
   * `address`: the client's.
   */
  choose(address: string, excluded = -1): ChosenEndpoint | undefined {
    const index = this.picker.pick(excluded, hashKeyOfClient(this.backend.balance, address));
    const endpoint = this.backend.endpoints[index];
    if (endpoint === undefined) return undefined;
    return { index, endpoint, key: this.keys[index] ?? '', slot: this.slots[index] ?? -1 };
  }

  /** Whether an endpoint, `address:port`, is one of its own. */
  serves(key: string): boolean {
    return this.keys.includes(key);
  }

  /** It goes to whichever `choose` says. */
  forStream(): this {
    return this;
  }

  /** What is made when a request needs it would else be closed with who had it, and made again. */
  inherit(previous: RunningBackend): void {
    for (const { secured } of previous.runtimes) {
      if (this.secured instanceof MeshPools && secured instanceof MeshPools) this.secured.inherit(secured);
      if (this.secured instanceof SecuredPools && secured instanceof SecuredPools) this.secured.inherit(secured);
    }
  }

  /** Certificates or authorities have changed: what was begun with the former ones ends with the requests that use it. */
  renewSessions(): void {
    this.secured?.renew();
  }

  release(): void {
    const { endpoints } = this.backend;
    if (this.secured === undefined) for (const endpoint of endpoints) this.registry.release(endpoint, this.needs);
    this.secured?.release();
    for (const endpoint of endpoints) this.registry.leave(endpoint);
    this.guard.leave();
  }

  private pickFirst(exchange: Exchange, session: Session | undefined): number {
    const home = this.homeOf(session);
    return home === -1 ? this.picker.pick(-1, this.keyOf?.(exchange)) : home;
  }

  private pickAnother(exchange: Exchange): number {
    const { keys } = this;
    exchange.triedEndpoints = [...exchange.triedEndpoints, exchange.served.endpoint];
    const tried = new Set(exchange.triedEndpoints.map(key => keys.indexOf(key)));
    // Endpoints that have left meanwhile.
    tried.delete(-1);
    const last = keys.indexOf(exchange.served.endpoint);
    const isUsable = (index: number): boolean => this.health?.isAvailable(index) !== false;
    return pickUntried(this.picker, { tried, last, count: keys.length, isUsable, key: this.keyOf?.(exchange) });
  }

  private observe(index: number, exchange: Exchange, handler: ResponseHandler): UpstreamCall {
    const call = this.health?.observe(index, exchange, handler);
    if (call === undefined) return this.send(index, exchange, handler);
    return call.follow(this.send(index, exchange, call));
  }

  private send(index: number, exchange: Exchange, handler: ResponseHandler): UpstreamCall {
    const pool = this.pools[index];
    return pool === undefined ? this.dispatchSecured(index, exchange, handler) : pool.dispatch(exchange, handler);
  }

  private dispatchSecured(index: number, exchange: Exchange, handler: ResponseHandler): UpstreamCall {
    let pool: EndpointPool | undefined;
    try {
      pool = this.secured?.find(index, exchange);
      if (this.backend.mesh !== undefined && exchange.meshSide === undefined) noteClient(exchange, this.backend.endpoints[index]);
    } catch (reason) {
      return faultedCall(handler, Fault.from(reason));
    }
    return pool?.dispatch(exchange, handler) ?? failedCall(handler, 'internal', `no pool for endpoint ${index}`);
  }
}

/** Only who has shown to be the workload that is meant is told of the client. */
function noteClient(exchange: Exchange, endpoint: Endpoint | undefined): void {
  if (endpoint?.identity === undefined) exchange.request.headers.remove(CONTEXT_FIELD);
  else writeContext(exchange);
}

/** Undefined = plaintext is all that its connections carry. */
function securedPools(
  backend: Backend & Pick<PoolNeeds, 'gate'>,
  registry: PoolRegistry,
  { credentials, meshSessions, doorTo = () => undefined }: BackendPorts,
): MeshPools | SecuredPools | undefined {
  const { mesh, endpoints, tls, proxyProtocol, protocol, connectTimeoutMs, gate } = backend;
  const isPlain = endpoints.every(({ identity }) => identity === undefined) && mesh?.mode === 'permissive';
  if (mesh !== undefined && (!isPlain || mesh.protocol === 'detect')) {
    const needs = { protocol, connectTimeoutMs, gate };
    return new MeshPools({ backend, mesh, needs }, { registry, sessions: meshSessions, doorTo });
  }
  return tls === undefined && proxyProtocol === undefined ? undefined : new SecuredPools(backend, registry, credentials);
}

function isUtilization(balance: Balance): balance is Utilization {
  return typeof balance === 'object' && balance.kind === 'utilization';
}
