// SPDX-License-Identifier: Apache-2.0
import type { FaultCode, Served } from '@weir/base';

/** A connection that was carried whole, or the datagrams between one client and one endpoint: what telemetry is told of it. */
export interface StreamRecord {
  /** What the listener speaks. */
  readonly protocol: 'TCP' | 'TLS' | 'UDP';
  /** As a trusted PROXY header names it, where there is one. */
  readonly clientAddress: string;
  readonly clientPort: number;
  /** Who calls, `NAMESPACE/SERVICE-ACCOUNT`, as a certificate of the mesh vouches for; '' = nobody of the mesh. */
  readonly sourceIdentity: string;
  /** Clock.nowMs of the connection's or the first datagram's arrival. */
  readonly startedMs: number;
  /** That the client asked for (RFC 6066 §3), lower-case; '' where there is none. */
  readonly serverName: string;
  readonly served: Readonly<Served>;
  /** Connections to endpoints that were tried. */
  readonly attempts: number;
  /** From the client. */
  readonly bytesReceived: number;
  /** To the client. */
  readonly bytesSent: number;
  /** Undefined where both sides ended it in order. */
  readonly fault: FaultCode | undefined;
  readonly faultDetail: string;
}

/** Bytes of a stream since they were last told. */
export interface StreamTraffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}
