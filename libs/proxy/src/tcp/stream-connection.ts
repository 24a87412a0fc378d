// SPDX-License-Identifier: Apache-2.0
import type { ConnectionOptions } from 'node:tls';
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { Clock, FaultCode } from '@weir/base';
import type { Backend, Endpoint, Listener } from '@weir/policy/snapshot';
import type { ConnectionGate, EndpointLoads } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import type { BackendRuntime, ChosenEndpoint } from '../engine/backend-runtime.ts';
import type { Limits } from '../engine/settings.ts';
import type { StreamRuleRuntime } from '../engine/stream-rule-runtime.ts';
import { breakOff } from './break-off.ts';
import { dialEndpoint } from './dial-endpoint.ts';
import type { Dialling } from './dial-endpoint.ts';
import { proxyHeader } from '../proxy-protocol/proxy-header.ts';
import type { ProxiedEnds } from '../proxy-protocol/proxy-header.ts';
import type { SpliceSide } from './splice-side.ts';
import { StreamPipe } from './stream-pipe.ts';
import { StreamTally } from './stream-tally.ts';
import { connectDeadline } from '../upstream/connect-deadline.ts';

/** What streams need of the engine. */
export interface StreamHost {
  readonly clock: Clock;
  readonly coarseNowMs: number;
  readonly limits: Limits;
  readonly loads: EndpointLoads;
  readonly telemetry: Pick<Telemetry, 'streams' | 'streamEnded' | 'upstreamConnectionOpened' | 'upstreamConnectionClosed'>;
  /** The rule for a connection; undefined = none. */
  findRule(listener: string, serverName: string): StreamRuleRuntime | undefined;
  /** Throws a Fault where the backend cannot be verified as its policy asks for. */
  backendTls(backend: Backend, endpoint: Endpoint, listener: Listener): ConnectionOptions | undefined;
  onClosed(connection: StreamConnection): void;
}

/** Where a connection came from, and what for. */
export interface StreamOrigin extends ProxiedEnds {
  readonly protocol: 'TCP' | 'TLS';
  readonly listener: Listener;
  /** '' = none. */
  readonly serverName: string;
}

/** Endpoints that are tried before a client is given up: not a byte was sent to those that failed. */
const MAX_ATTEMPTS = 3;

/** One client's connection on its way to an endpoint: rule, backend, endpoint, and then bytes both ways until both have ended. */
export class StreamConnection {
  private readonly client: SpliceSide;
  private readonly origin: StreamOrigin;
  private readonly host: StreamHost;
  private readonly tally: StreamTally;
  private backend: BackendRuntime | undefined;
  private chosen: ChosenEndpoint | undefined;
  /** Slot in the loads that this connection counts in. */
  private countedSlot: number | undefined;
  /** Where this connection counts among those of its backend. */
  private gate: ConnectionGate | undefined;
  private dialling: Dialling | undefined;
  private connectDeadlineMs = 0;
  private upstream: Socket | undefined;
  private pending: Buffer | undefined;
  private isEnded = false;

  /** `client` is paused. */
  constructor(client: SpliceSide, origin: StreamOrigin, host: StreamHost) {
    this.client = client;
    this.origin = origin;
    this.host = host;
    this.tally = new StreamTally(origin, host);
    client.socket.on('error', error => this.fail('client_closed', `the client's connection failed: ${error.message}`));
    client.socket.on('close', () => this.onClose());
  }

  /** Finds where it goes and connects there. `pending`: what was read already, in memory of its own. */
  start(pending: Buffer | undefined): void {
    const { origin, host, tally } = this;
    this.pending = pending;
    try {
      const rule = host.findRule(origin.listener.name, origin.serverName);
      if (rule === undefined) throw new Fault('route_not_found', `no rule of ${origin.listener.name} takes the connection`);
      const target = rule.pick(origin.listener.name, origin.source.address);
      tally.serve(rule.rule, target.label);
      this.backend = target.reference?.current;
      if (this.backend === undefined) throw new Fault('backend_invalid', `backend ${target.label} cannot be used`);
      this.dial(this.backend);
    } catch (reason) {
      const { code, message } = Fault.from(reason);
      this.fail(code, message);
    }
  }

  /** Ends an attempt that takes too long, and a connection that nobody uses. */
  sweep(nowMs: number): void {
    if (this.dialling !== undefined) {
      if (nowMs > this.connectDeadlineMs) this.onConnectFailed('upstream_connect_timeout', 'it did not answer in time');
      return;
    }
    if (this.tally.sweep(nowMs) > this.host.limits.streamIdleTimeoutMs) this.fail('idle_timeout', 'no byte came either way');
  }

  /**
   * Breaks both sides off with a reset: a client that saw an orderly end could take half of an answer for the whole, and one
   * that was never connected anywhere could take it for an empty one.
   */
  fail(code: FaultCode, detail: string): void {
    if (this.isEnded) return;
    this.tally.fail(code, detail);
    breakOff(this.client.socket);
    if (this.upstream !== undefined) breakOff(this.upstream);
    this.end();
  }

  private dial(backend: BackendRuntime): void {
    const { host, origin } = this;
    const { proxyProtocol, connectTimeoutMs } = backend.backend;
    const previous = this.chosen;
    const chosen = backend.choose(origin.source.address, previous?.index);
    if (chosen === undefined) throw new Fault('no_endpoints', backend.emptiness);
    const plan = {
      endpoint: chosen.endpoint,
      proxyHeader: proxyProtocol === undefined ? undefined : proxyHeader(proxyProtocol, origin),
      tls: host.backendTls(backend.backend, chosen.endpoint, origin.listener),
    };
    if (backend.gate?.admits() === false) {
      throw new Fault('backend_busy', `${backend.backend.label} has all the connections that it may have`);
    }
    backend.gate?.opened();
    this.gate = backend.gate;
    this.chosen = chosen;
    this.tally.attempt(chosen.key);
    this.countedSlot = chosen.slot;
    host.loads.begin(chosen.slot);
    this.connectDeadlineMs = connectDeadline(host.coarseNowMs, connectTimeoutMs);
    this.dialling = dialEndpoint(plan, {
      onConnected: side => this.onConnected(side),
      onFailed: error => this.onConnectFailed('upstream_connect_failed', error.message),
    });
  }

  private onConnectFailed(code: FaultCode, detail: string): void {
    const { chosen, backend, tally } = this;
    this.endAttempt();
    if (chosen !== undefined) backend?.noteConnect(chosen.index, false);
    const isExhausted = tally.attempts >= MAX_ATTEMPTS || backend === undefined || backend.backend.endpoints.length < 2;
    try {
      if (isExhausted) throw new Fault(code, `${chosen?.key ?? ''}: ${detail}`);
      this.dial(backend);
    } catch (reason) {
      const fault = Fault.from(reason);
      this.fail(fault.code, fault.message);
    }
  }

  private onConnected(side: SpliceSide): void {
    const { client, pending, chosen, backend } = this;
    if (chosen !== undefined) backend?.noteConnect(chosen.index, true);
    this.dialling = undefined;
    this.pending = undefined;
    this.upstream = side.socket;
    this.host.telemetry.upstreamConnectionOpened();
    side.socket.on('error', error => this.fail('upstream_reset', `the endpoint's connection failed: ${error.message}`));
    side.socket.on('close', () => this.onClose());
    const up = new StreamPipe(client, side.socket);
    const down = new StreamPipe(side, client.socket);
    this.tally.watch(up, down);
    up.start(pending);
    down.start(undefined);
  }

  /** Both sides close by themselves when both have said that they are done; a side that closes before that takes the other with it. */
  private onClose(): void {
    const { client, upstream } = this;
    if (client.socket.destroyed && (upstream === undefined || upstream.destroyed)) this.end();
    else if (client.socket.destroyed && upstream?.writableEnded === false) this.fail('client_closed', 'the client is gone');
    else if (upstream?.destroyed && !client.socket.writableEnded) this.fail('upstream_reset', 'the endpoint is gone');
  }

  private end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.pending = undefined;
    this.endAttempt();
    if (this.upstream !== undefined) this.host.telemetry.upstreamConnectionClosed();
    this.tally.end();
    this.host.onClosed(this);
  }

  private endAttempt(): void {
    this.dialling?.cancel();
    this.dialling = undefined;
    if (this.countedSlot !== undefined) this.host.loads.end(this.countedSlot);
    this.countedSlot = undefined;
    this.gate?.closed();
    this.gate = undefined;
  }
}
