// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { Clock } from '@weir/base';
import type { EndpointLoads } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import type { BackendReference } from '../engine/backend-reference.ts';
import type { ChosenEndpoint } from '../engine/backend-runtime.ts';
import type { StreamRuleRuntime } from '../engine/stream-rule-runtime.ts';
import type { StreamTally } from '../tcp/stream-tally.ts';
import { asItIs } from './address-lookup.ts';

/** Whose datagrams a session carries, and where to. */
export interface SessionParts {
  readonly client: { readonly address: string; readonly port: number };
  readonly rule: StreamRuleRuntime;
  readonly reference: BackendReference;
  readonly chosen: ChosenEndpoint;
  readonly tally: StreamTally;
}

export interface SessionHost {
  readonly clock: Clock;
  readonly coarseNowMs: number;
  readonly loads: EndpointLoads;
  readonly telemetry: Pick<Telemetry, 'upstreamConnectionOpened' | 'upstreamConnectionClosed'>;
  onEnded(session: UdpSession): void;
}

/** What a session tells its port. */
export interface SessionHandler extends Pick<SessionHost, 'loads' | 'telemetry' | 'onEnded'> {
  /** A datagram for the client. */
  onReply(bytes: Buffer): void;
  /** The endpoint's host says that nobody listens there. */
  onRefused(endpoint: string): void;
}

/** Datagrams that may wait for the socket, which takes a turn of the event loop; what is more is lost, as UDP may. */
const MAX_WAITING = 32;

/** The datagrams between one client and one endpoint. The socket is connected: only that endpoint can answer on it. */
export class UdpSession {
  readonly client: SessionParts['client'];
  private readonly parts: SessionParts;
  private readonly handler: SessionHandler;
  private readonly socket: Socket;
  private readonly received = { byteCount: 0 };
  private readonly sent = { byteCount: 0 };
  /** Undefined once the socket is connected. */
  private waiting: Buffer[] | undefined = [];
  private isEnded = false;

  constructor(parts: SessionParts, handler: SessionHandler) {
    const { chosen, client, tally } = parts;
    this.parts = parts;
    this.client = client;
    this.handler = handler;
    tally.attempt(chosen.key);
    tally.watch(this.received, this.sent);
    handler.loads.begin(chosen.slot);
    handler.telemetry.upstreamConnectionOpened();
    const { address, port } = chosen.endpoint;
    this.socket = createSocket({ type: isIPv4(address) ? 'udp4' : 'udp6', lookup: asItIs });
    this.socket.on('message', bytes => this.onReply(bytes));
    this.socket.on('error', error => this.fail(error));
    this.socket.on('connect', () => this.onConnected());
    this.socket.connect(port, address);
  }

  /** Whether `rule` is still the one that it was begun by, and its endpoint still one of the backend's. */
  isServedBy(rule: StreamRuleRuntime | undefined): boolean {
    if (rule?.rule.name !== this.parts.rule.rule.name) return false;
    return this.parts.reference.current?.serves(this.parts.chosen.key) ?? false;
  }

  /** Sends a client's datagram to the endpoint. */
  forward(bytes: Buffer): void {
    this.received.byteCount += bytes.length;
    if (this.waiting === undefined) this.socket.send(bytes, this.onSent);
    else if (this.waiting.length < MAX_WAITING) this.waiting.push(bytes);
  }

  /** Tells of its bytes; returns for how long there were none, in milliseconds. */
  sweep(nowMs: number): number {
    return this.parts.tally.sweep(nowMs);
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.waiting = [];
    this.socket.close();
    this.handler.loads.end(this.parts.chosen.slot);
    this.handler.telemetry.upstreamConnectionClosed();
    this.parts.tally.end();
    this.handler.onEnded(this);
  }

  private readonly onSent = (error: Error | null): void => {
    if (error !== null) this.fail(error);
  };

  private onConnected(): void {
    const { waiting = [] } = this;
    if (this.isEnded) return;
    this.waiting = undefined;
    for (const bytes of waiting) this.socket.send(bytes, this.onSent);
  }

  private onReply(bytes: Buffer): void {
    this.sent.byteCount += bytes.length;
    this.handler.onReply(bytes);
  }

  private fail(error: Error): void {
    if (this.isEnded) return;
    this.parts.tally.fail('upstream_connect_failed', `${this.parts.chosen.key}: ${error.message}`);
    this.handler.onRefused(this.parts.chosen.key);
    this.end();
  }
}
