// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { Clock, FaultCode } from '@weir/base';
import type { Listener } from '@weir/policy/snapshot';
import type { Telemetry } from '@weir/telemetry';
import type { Limits } from '../engine/settings.ts';
import { beginSplice } from '../intercept/begin-splice.ts';
import type { ConnectedUpstream, EarlyUpstream } from '../intercept/early-upstream.ts';
import { breakOff } from './break-off.ts';
import type { ProxiedEnds } from '../proxy-protocol/proxy-header.ts';
import type { SpliceSide } from './splice-side.ts';
import { StreamLeg } from './stream-leg.ts';
import type { LegHost, StreamWay } from './stream-leg.ts';
import { StreamTally } from './stream-tally.ts';

/** What streams need of the engine. */
export interface StreamHost extends LegHost {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly telemetry: Pick<Telemetry, 'streams' | 'streamEnded' | 'upstreamConnectionOpened' | 'upstreamConnectionClosed'>;
  /** Where a connection goes. Throws the Fault of one that may go nowhere. */
  findWay(origin: StreamOrigin): StreamWay;
  onClosed(connection: StreamConnection): void;
}

/** Where a connection came from, and what for. */
export interface StreamOrigin extends ProxiedEnds {
  readonly protocol: 'TCP' | 'TLS';
  readonly listener: Listener;
  /** '' = none. */
  readonly serverName: string;
  /** Who calls, as a certificate of the mesh vouches for; undefined = nobody of the mesh. */
  readonly peerIdentity?: string | undefined;
  /** Where it goes, whatever rules there are; undefined = rules say. */
  readonly way?: StreamWay | undefined;
  /** Other listeners, by name, whose rules have to admit it too. */
  readonly guards?: readonly string[] | undefined;
}

/** An attempt that was begun before it was known that there is a stream. */
export interface EarlyLeg {
  readonly leg: StreamLeg;
  readonly upstream: EarlyUpstream;
}

/** What had happened before a connection was taken for a stream. */
export interface StreamStart {
  /** What was read already, in memory of its own. */
  readonly pending: Buffer | undefined;
  /** Used where it leads to where the stream goes. */
  readonly early?: EarlyLeg | undefined;
}

/** Endpoints that are tried before a client is given up: not a byte was sent to those that failed. */
const MAX_ATTEMPTS = 3;

/** One client's connection on its way to an endpoint: rule, backend, endpoint, and then bytes both ways until both have ended. */
export class StreamConnection {
  private readonly client: SpliceSide;
  private readonly origin: StreamOrigin;
  private readonly host: StreamHost;
  private readonly tally: StreamTally;
  private leg: StreamLeg | undefined;
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

  /** Finds where it goes and connects there. */
  start({ pending, early }: StreamStart): void {
    const { origin, host, tally } = this;
    this.pending = pending;
    try {
      const way = this.wayAfter(early);
      tally.serve(way.rule?.rule, way.label, way.backend?.revision);
      if (way === early?.leg.way) {
        this.adopt(early);
        return;
      }
      early?.upstream.drop();
      early?.leg.release();
      this.dial((this.leg = new StreamLeg(way, origin, host)));
    } catch (reason) {
      const { code, message } = Fault.from(reason);
      this.fail(code, message);
    }
  }

  /** Ends an attempt that takes too long, and a connection that nobody uses. */
  sweep(nowMs: number): void {
    if (this.leg?.isDialling === true) {
      this.leg.sweep(nowMs);
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

  /** What was dialled early is as good as what would be dialled now, if the same rule says so. */
  private wayAfter(early: EarlyLeg | undefined): StreamWay {
    const { host, origin } = this;
    try {
      const way = host.findWay(origin);
      if (early === undefined || way.rule === undefined || way.rule !== early.leg.way.rule) return way;
      return early.leg.way;
    } catch (reason) {
      early?.upstream.drop();
      early?.leg.release();
      throw reason;
    }
  }

  private adopt({ leg, upstream }: EarlyLeg): void {
    this.leg = leg;
    if (leg.chosen !== undefined) this.tally.attempt(leg.chosen.key);
    upstream.take({
      onConnected: connected => this.onConnected(connected),
      onFailed: error => this.onConnectFailed(error),
    });
  }

  private dial(leg: StreamLeg): void {
    leg.dial({
      onConnected: side => this.onConnected({ side, words: NOTHING }),
      onFailed: error => this.onConnectFailed(error),
    });
    if (leg.chosen !== undefined) this.tally.attempt(leg.chosen.key);
  }

  private onConnectFailed(error: Error): void {
    const { leg, tally } = this;
    if (this.isEnded || leg === undefined) return;
    // Without an endpoint to choose there was no attempt.
    if (leg.chosen !== undefined) leg.way.backend?.noteAttempt?.(false);
    const isExhausted = tally.attempts >= MAX_ATTEMPTS || (leg.way.backend?.backend.endpoints.length ?? 0) < 2;
    try {
      if (isExhausted) throw error;
      this.dial(leg);
    } catch (reason) {
      const fault = Fault.from(reason);
      this.fail(fault.code, fault.message);
    }
  }

  private onConnected(connected: ConnectedUpstream): void {
    const { client, pending } = this;
    const { socket } = connected.side;
    this.pending = undefined;
    if (this.isEnded) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    this.upstream = socket;
    this.leg?.way.backend?.noteAttempt?.(true);
    this.host.telemetry.upstreamConnectionOpened();
    socket.on('error', error => this.fail('upstream_reset', `the endpoint's connection failed: ${error.message}`));
    socket.on('close', () => this.onClose());
    const { up, down } = beginSplice({ side: client, words: pending ?? NOTHING }, connected);
    this.tally.watch(up, down);
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
    this.leg?.release();
    if (this.upstream !== undefined) this.host.telemetry.upstreamConnectionClosed();
    this.tally.end();
    this.host.onClosed(this);
  }
}

const NOTHING = Buffer.alloc(0);
