// SPDX-License-Identifier: Apache-2.0
import type { RemoteInfo, Socket } from 'node:dgram';
import { Fault } from '@weir/base';
import type { Listener, ResourceName } from '@weir/policy/snapshot';
import type { DropReason, Telemetry } from '@weir/telemetry';
import type { Limits } from '../engine/settings.ts';
import type { StreamRuleRuntime } from '../engine/stream-rule-runtime.ts';
import { plainAddress } from '../front/peer-addresses.ts';
import type { StreamBackend } from '../tcp/stream-leg.ts';
import { StreamTally } from '../tcp/stream-tally.ts';
import { UdpSession } from './udp-session.ts';
import type { SessionHost } from './udp-session.ts';

/** What a UDP port needs of the engine. */
export interface DatagramHost extends Omit<SessionHost, 'telemetry' | 'onEnded'> {
  readonly limits: Limits;
  readonly telemetry: Telemetry;
  listenerOf(port: ResourceName): Listener | undefined;
  findRule(listener: string): StreamRuleRuntime | undefined;
  /** Whether a client may have one more session. */
  hasRoomFor(address: string): boolean;
  onOpened(session: UdpSession): void;
  onEnded(session: UdpSession): void;
  onPortClosed(port: DatagramPort): void;
}

/** How long an endpoint that refused a datagram is avoided while there is another one. */
const AVOID_MS = 10_000;
/** Silence after which a session is taken to be over while the port drains: its client's next datagram finds another process. */
const DRAIN_IDLE_MS = 1_000;
/** A line of the log for a datagram that nobody gets is written so often at most: anybody could fill the disk with them. */
const REFUSAL_LOG_MS = 1_000;

/** The datagrams of one port in one worker: each client's go to its session. */
export class DatagramPort {
  /** Sessions begun so far. */
  openedCount = 0;
  private readonly name: ResourceName;
  private readonly socket: Socket;
  private readonly host: DatagramHost;
  private readonly sessions = new Map<string, UdpSession>();
  private avoided: { readonly endpoint: string; readonly untilMs: number } | undefined;
  private lastRefusalMs = -Infinity;
  private readonly whenEmpty: (() => void)[] = [];
  private isDraining = false;
  private isClosed = false;

  constructor(name: ResourceName, socket: Socket, host: DatagramHost) {
    this.name = name;
    this.socket = socket;
    this.host = host;
    socket.on('message', (bytes, from) => this.onDatagram(bytes, from));
    // An error on a socket that is bound concerns one datagram that was sent: UDP may lose it.
    socket.on('error', () => undefined);
  }

  /** Resolves when no session is in use any more; new ones still begin. */
  drain(): Promise<void> {
    this.isDraining = true;
    if (this.sessions.size === 0) return Promise.resolve();
    return new Promise(resolve => {
      this.whenEmpty.push(resolve);
    });
  }

  sweep(nowMs: number): void {
    const idleMs = this.isDraining ? DRAIN_IDLE_MS : this.host.limits.udpIdleTimeoutMs;
    for (const session of this.sessions.values()) if (session.sweep(nowMs) > idleMs) session.end();
  }

  /** Ends all sessions at once. The socket is closed by its owner. */
  close(): void {
    this.isClosed = true;
    for (const session of [...this.sessions.values()]) session.end();
    this.host.onPortClosed(this);
  }

  private onDatagram(bytes: Buffer, from: RemoteInfo): void {
    const listener = this.host.listenerOf(this.name);
    if (listener === undefined || this.isClosed) return;
    const rule = this.host.findRule(listener.name);
    const key = `${from.address} ${from.port}`;
    let session = this.sessions.get(key);
    if (session !== undefined && !session.isServedBy(rule)) {
      session.end();
      session = undefined;
    }
    session ??= this.begin(listener, rule, from);
    session?.forward(bytes);
  }

  /** A session for a client that has none; undefined where it may not have one, or there is nobody to give its datagrams to. */
  private begin(listener: Listener, rule: StreamRuleRuntime | undefined, from: RemoteInfo): UdpSession | undefined {
    const client = { address: plainAddress(from.address), port: from.port };
    if (!this.host.hasRoomFor(client.address)) {
      this.drop(listener, 'limit');
      return undefined;
    }
    try {
      return this.open(listener, rule, { from, client });
    } catch (reason) {
      this.drop(listener, 'refused');
      this.logRefusal(listener, { fault: Fault.from(reason), client });
      return undefined;
    }
  }

  private open(listener: Listener, rule: StreamRuleRuntime | undefined, { from, client }: ClientEnd): UdpSession {
    if (rule === undefined) throw new Fault('route_not_found', `no rule of ${listener.name} takes the datagram`);
    const target = rule.pick(listener.name, { address: client.address, peerIdentity: undefined });
    const backend = target.reference?.current?.forStream(client.address, target.route);
    if (target.reference === undefined || backend === undefined) {
      throw new Fault('backend_invalid', `backend ${target.label} cannot be used`);
    }
    const chosen = this.choose(backend, client.address);
    if (chosen === undefined) throw new Fault('no_endpoints', `${target.label} has no ready endpoints`);
    const origin = { protocol: 'UDP', listener, serverName: '', source: client } as const;
    const tally = new StreamTally(origin, this.host);
    tally.serve(rule.rule, target.label, backend.revision);
    const session = new UdpSession(
      { client, rule, reference: target.reference, chosen, tally },
      {
        loads: this.host.loads,
        telemetry: this.host.telemetry,
        onReply: bytes => this.socket.send(bytes, from.port, from.address),
        onRefused: endpoint => this.avoid(endpoint),
        onEnded: ended => this.onEnded(ended, from),
      },
    );
    this.openedCount++;
    this.sessions.set(`${from.address} ${from.port}`, session);
    this.host.onOpened(session);
    return session;
  }

  private choose(backend: StreamBackend, address: string) {
    const { avoided } = this;
    const first = backend.choose(address);
    if (first === undefined || avoided === undefined || avoided.untilMs < this.host.coarseNowMs) return first;
    return first.key === avoided.endpoint ? backend.choose(address, first.index) : first;
  }

  private avoid(endpoint: string): void {
    this.avoided = { endpoint, untilMs: this.host.coarseNowMs + AVOID_MS };
  }

  private onEnded(session: UdpSession, from: RemoteInfo): void {
    this.sessions.delete(`${from.address} ${from.port}`);
    this.host.onEnded(session);
    if (this.sessions.size === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  private drop(listener: Listener, reason: DropReason): void {
    this.host.telemetry.streams.dropped(listener.name, reason);
  }

  private logRefusal(
    listener: Listener,
    { fault, client }: { readonly fault: Fault; readonly client: ClientEnd['client'] },
  ): void {
    if (this.host.coarseNowMs - this.lastRefusalMs < REFUSAL_LOG_MS) return;
    this.lastRefusalMs = this.host.coarseNowMs;
    const tally = new StreamTally({ protocol: 'UDP', listener, serverName: '', source: client }, this.host);
    tally.fail(fault.code, fault.message);
    tally.end();
  }
}

interface ClientEnd {
  readonly from: RemoteInfo;
  readonly client: { readonly address: string; readonly port: number };
}
