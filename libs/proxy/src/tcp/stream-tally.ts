// SPDX-License-Identifier: Apache-2.0
import type { Clock, FaultCode, Served } from '@weir/base';
import type { StreamRule } from '@weir/policy/snapshot';
import type { Telemetry } from '@weir/telemetry';

/** What counts bytes in one direction. */
export interface ByteCounter {
  readonly byteCount: number;
}

/** Who a stream is of. */
export interface TallyOrigin {
  readonly protocol: 'TCP' | 'TLS' | 'UDP';
  readonly listener: { readonly name: string };
  readonly serverName: string;
  readonly source: { readonly address: string; readonly port: number };
  /** In the mesh: who calls. */
  readonly peerIdentity?: string | undefined;
}

export interface TallyHost {
  readonly clock: Clock;
  readonly coarseNowMs: number;
  readonly telemetry: Pick<Telemetry, 'streams' | 'streamEnded'>;
}

const NOTHING: ByteCounter = { byteCount: 0 };

/** What telemetry is told of one stream, gathered while it lives: who served it, its bytes, its end. */
export class StreamTally {
  attempts = 0;
  private readonly origin: TallyOrigin;
  private readonly host: TallyHost;
  private readonly served: Served;
  private readonly startedMs: number;
  private up = NOTHING;
  private down = NOTHING;
  private toldReceived = 0;
  private toldSent = 0;
  private lastActivityMs: number;
  private fault: FaultCode | undefined;
  private faultDetail = '';

  constructor(origin: TallyOrigin, host: TallyHost) {
    this.origin = origin;
    this.host = host;
    this.startedMs = host.clock.nowMs();
    this.lastActivityMs = host.coarseNowMs;
    this.served = { listener: origin.listener.name, route: '', rule: '', backend: '', revision: '', endpoint: '' };
    host.telemetry.streams.opened(origin.listener.name, origin.protocol);
  }

  /** `rule`: undefined = it goes by none. */
  serve(rule: Pick<StreamRule, 'route' | 'rule'> | undefined, backend: string, revision = ''): void {
    this.served.route = rule?.route ?? '';
    this.served.rule = rule?.rule ?? '';
    this.served.backend = backend;
    this.served.revision = revision;
  }

  attempt(endpoint: string): void {
    this.attempts++;
    this.served.endpoint = endpoint;
  }

  watch(up: ByteCounter, down: ByteCounter): void {
    this.up = up;
    this.down = down;
    this.lastActivityMs = this.host.coarseNowMs;
  }

  /** Tells of the bytes since the last time; returns for how long there were none, in milliseconds. */
  sweep(nowMs: number): number {
    if (this.tellTraffic()) this.lastActivityMs = nowMs;
    return nowMs - this.lastActivityMs;
  }

  /** Why it ends; the first reason is the one that counts. */
  fail(code: FaultCode, detail: string): void {
    if (this.fault !== undefined) return;
    this.fault = code;
    this.faultDetail = detail;
  }

  /** Exactly once. */
  end(): void {
    this.tellTraffic();
    const { origin, served, attempts, startedMs, fault, faultDetail } = this;
    this.host.telemetry.streamEnded({
      protocol: origin.protocol,
      clientAddress: origin.source.address,
      clientPort: origin.source.port,
      sourceIdentity: origin.peerIdentity ?? '',
      serverName: origin.serverName,
      startedMs,
      served,
      attempts,
      bytesReceived: this.up.byteCount,
      bytesSent: this.down.byteCount,
      fault,
      faultDetail,
    });
  }

  private tellTraffic(): boolean {
    const receivedBytes = this.up.byteCount - this.toldReceived;
    const sentBytes = this.down.byteCount - this.toldSent;
    if (receivedBytes + sentBytes === 0) return false;
    this.toldReceived += receivedBytes;
    this.toldSent += sentBytes;
    this.host.telemetry.streams.carried(this.served, { receivedBytes, sentBytes });
    return true;
  }
}
