// SPDX-License-Identifier: Apache-2.0
import type { Clock, Downstream, Exchange, Fault, Random } from '@weir/base';
import type { WriteBatch } from '../http1/socket-writer.ts';
import type { Responder, RunningExchange } from './responder.ts';
import type { Limits } from './settings.ts';

/** A downstream connection at work, whatever it speaks. */
export interface ServedConnection {
  /** Closes what has been silent for too long; called a few times a second. */
  sweep(nowMs: number): void;
  /**
   * Fails what runs, tells its clients so, and ends as soon as they know; idempotent. WebSockets that are open go on: they have
   * a goodbye of their own.
   */
  failAll(fault: Fault): void;
}

/** What a downstream connection needs of the engine. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly batch: WriteBatch;
  readonly random: Random;
  readonly downstream: Downstream;
  /** From now on each answer closes its connection. */
  readonly isDraining: boolean;
  /** Time of the last sweep: exact enough for what is measured in seconds, and free. */
  readonly coarseNowMs: number;
  /** The time now, as a Date field says it. */
  readonly dateText: string;
  handle(exchange: Exchange, responder: Responder): RunningExchange;
  /** No exchange came of what the client sent: it was answered with this fault, or its HTTP/2 stream or connection ended for it. */
  onRefused(fault: Fault, protocol: Exchange['protocol']): void;
  onClosed(connection: ServedConnection): void;
}
