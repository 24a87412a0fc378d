// SPDX-License-Identifier: Apache-2.0
import type { ConnectionOptions } from 'node:tls';
import { Fault } from '@weir/base';
import type { Backend, Endpoint, Listener } from '@weir/policy/snapshot';
import type { ConnectionGate, EndpointLoads } from '@weir/resilience';
import type { BackendRuntime, ChosenEndpoint } from '../engine/backend-runtime.ts';
import type { StreamRuleRuntime } from '../engine/stream-rule-runtime.ts';
import type { InnerProtocol } from '../mesh/mesh-protocols.ts';
import { proxyHeader } from '../proxy-protocol/proxy-header.ts';
import type { ProxiedEnds } from '../proxy-protocol/proxy-header.ts';
import { connectDeadline } from '../upstream/connect-deadline.ts';
import { dialEndpoint } from './dial-endpoint.ts';
import type { DialHandler, Dialling } from './dial-endpoint.ts';
import type { SpliceSide } from './splice-side.ts';

/** What of a backend says how its endpoints are called. */
export type CalledBackend = Pick<Backend, 'connectTimeoutMs' | 'endpoints' | 'label' | 'mesh' | 'proxyProtocol' | 'tls'>;

/** The endpoints that a stream may go to, as far as it cares. */
export interface StreamBackend extends Pick<BackendRuntime, 'choose' | 'emptiness' | 'gate' | 'noteConnect'> {
  readonly backend: CalledBackend;
  /** The one of two that a split has chosen; absent = no split divides the backend's connections. */
  readonly revision?: string;
  /** An attempt has come to its end that was one of a stream, and no mere question of who speaks first; absent = nobody counts them. */
  noteAttempt?(isConnected: boolean): void;
}

/** Where a stream goes, as rules or its own destination say. */
export interface StreamWay {
  /** Undefined = by no rule: it goes to where its client meant it to go. */
  readonly rule: StreamRuleRuntime | undefined;
  /** For logs and metrics. */
  readonly label: string;
  /** Undefined = it cannot be used. */
  readonly backend: StreamBackend | undefined;
  /** What is said inside mutual TLS of the mesh. */
  readonly inner: InnerProtocol;
}

/** Who a stream is of, as far as endpoints are told or chosen by it. */
export interface LegOrigin extends ProxiedEnds {
  readonly listener: Listener;
}

export interface LegHost {
  readonly coarseNowMs: number;
  readonly loads: EndpointLoads;
  /** Throws a Fault where the backend cannot be verified as its policy asks for. */
  callPlan(call: EndpointCall): CallPlan;
}

export interface EndpointCall {
  readonly backend: CalledBackend;
  readonly endpoint: Endpoint;
  readonly listener: Listener;
  readonly inner: InnerProtocol;
}

/** How an endpoint is called. */
export interface CallPlan {
  /** Undefined = in plaintext. */
  readonly tls: ConnectionOptions | undefined;
  /** From which address of this host; undefined = from whichever the system takes. */
  readonly localAddress: string | undefined;
}

/** A stream's attempts to reach an endpoint on its way, one at a time, and its place among those that count there. */
export class StreamLeg {
  readonly way: StreamWay;
  /** Of the last attempt; undefined = there was none. */
  chosen: ChosenEndpoint | undefined;
  private readonly origin: LegOrigin;
  private readonly host: LegHost;
  private gate: ConnectionGate | undefined;
  private countedSlot: number | undefined;
  private dialling: Dialling | undefined;
  private handler: DialHandler | undefined;
  private deadlineMs = 0;

  constructor(way: StreamWay, origin: LegOrigin, host: LegHost) {
    this.way = way;
    this.origin = origin;
    this.host = host;
  }

  get isDialling(): boolean {
    return this.dialling !== undefined;
  }

  /** Begins to connect to an endpoint, another than the last where there is one. Throws a Fault where there is none to be called. */
  dial(handler: DialHandler): Dialling {
    const { host, origin, way } = this;
    const { backend, inner, label } = way;
    if (backend === undefined) {
      const what =
        label === '' ? 'the rule leads nowhere for connections that are carried whole' : `backend ${label} cannot be used`;
      throw new Fault('backend_invalid', what);
    }
    const { proxyProtocol, connectTimeoutMs } = backend.backend;
    const chosen = backend.choose(origin.source.address, this.chosen?.index);
    if (chosen === undefined) throw new Fault('no_endpoints', backend.emptiness);
    const { endpoint } = chosen;
    const plan = {
      endpoint,
      proxyHeader: proxyProtocol === undefined ? undefined : proxyHeader(proxyProtocol, origin),
      ...host.callPlan({ backend: backend.backend, endpoint, listener: origin.listener, inner }),
    };
    if (backend.gate?.admits() === false) throw new Fault('backend_busy', `${label} has all the connections that it may have`);
    this.enter(backend, chosen);
    this.handler = handler;
    this.deadlineMs = connectDeadline(host.coarseNowMs, connectTimeoutMs);
    this.dialling = dialEndpoint(plan, {
      onConnected: side => this.connected(side),
      onFailed: error => this.failed('upstream_connect_failed', error.message),
    });
    return { cancel: () => this.endAttempt() };
  }

  /** Ends an attempt that takes too long. */
  sweep(nowMs: number): void {
    if (this.dialling !== undefined && nowMs > this.deadlineMs) {
      this.failed('upstream_connect_timeout', 'it did not answer in time');
    }
  }

  /** The stream is over, or was none. */
  release(): void {
    this.endAttempt();
  }

  private enter({ gate }: StreamBackend, chosen: ChosenEndpoint): void {
    gate?.opened();
    this.gate = gate;
    this.chosen = chosen;
    this.countedSlot = chosen.slot;
    this.host.loads.begin(chosen.slot);
  }

  private connected(side: SpliceSide): void {
    this.dialling = undefined;
    this.note(true);
    this.handler?.onConnected(side);
  }

  private failed(code: 'upstream_connect_failed' | 'upstream_connect_timeout', detail: string): void {
    this.endAttempt();
    this.note(false);
    this.handler?.onFailed(new Fault(code, `${this.chosen?.key ?? ''}: ${detail}`));
  }

  private note(isConnected: boolean): void {
    if (this.chosen !== undefined) this.way.backend?.noteConnect(this.chosen.index, isConnected);
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
