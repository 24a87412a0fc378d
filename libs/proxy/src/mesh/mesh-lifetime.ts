// SPDX-License-Identifier: Apache-2.0
import type { TLSSocket } from 'node:tls';

/** How long a connection between workloads may go on. */
export interface MeshLifetime {
  /** Until then it takes requests. */
  readonly usableForMs: number;
  /** Then it ends, whatever is on its way. */
  readonly endsInMs: number;
}

/** However long certificates live: who was let in is looked at again at least so often. */
const MAX_CONNECTION_MS = 12 * 3_600_000;
/** The longest time for what has begun to come to its end. Clocks may differ by so much: neither end is surprised by the other one. */
const MAX_NOTICE_MS = 60_000;
/** Of connections that live for seconds. */
const NOTICE_SHARE = 1 / 10;

/** In milliseconds since the Unix epoch. */
export interface MeshTimes {
  /** When our own certificate ends. */
  readonly ownEndMs: number;
  readonly peerEndMs: number;
  readonly wallMs: number;
}

/** How long a connection may go on: no longer than the certificates hold that both ends have shown. */
export function meshLifetime({ ownEndMs, peerEndMs, wallMs }: MeshTimes): MeshLifetime {
  const endsInMs = Math.max(0, Math.min(MAX_CONNECTION_MS, Math.min(ownEndMs, peerEndMs) - wallMs));
  return { usableForMs: endsInMs - Math.min(MAX_NOTICE_MS, endsInMs * NOTICE_SHARE), endsInMs };
}

/** When the certificate ends of a peer whose handshake is over; it has shown one. */
export function peerEndOf(socket: TLSSocket): number {
  return socket.getPeerX509Certificate()?.validToDate.getTime() ?? 0;
}
