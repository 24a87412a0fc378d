// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Clock } from '@weir/base';
import type { PortAddress } from '../listen/open-port.ts';

export interface WorkerListenerOptions {
  readonly clock: Clock;
  onConnection(socket: Socket): void;
}

/** How long nothing must have been accepted for a queue to count as empty: closing a socket resets what waits in it. */
export const QUIET_MS = 100;

/** Accepts the connections of one port in one worker. */
export class WorkerListener {
  private readonly server: Server;
  private readonly clock: Clock;
  private lastAcceptedMs: number;
  /** Connections accepted so far. */
  acceptedCount = 0;

  private constructor(options: WorkerListenerOptions) {
    const { clock } = options;
    this.clock = clock;
    this.lastAcceptedMs = clock.nowMs();
    this.server = createServer({ noDelay: true }, socket => {
      this.acceptedCount += 1;
      this.lastAcceptedMs = clock.nowMs();
      options.onConnection(socket);
    });
  }

  /** Listens on a descriptor, which it owns from then on, or where there is none on the address itself. Throws the system's error. */
  static async open(
    target: { readonly at: PortAddress; readonly descriptor: number | undefined },
    options: WorkerListenerOptions,
  ): Promise<WorkerListener> {
    const listener = new WorkerListener(options);
    const { at, descriptor } = target;
    if (descriptor === undefined) listener.server.listen({ host: at.address, port: at.port, backlog: BACKLOG });
    else listener.server.listen({ fd: descriptor, backlog: BACKLOG });
    await once(listener.server, 'listening');
    return listener;
  }

  /** Stops accepting when nothing came for `QUIET_MS`, after `patienceMs` at the latest; 0 = at once. */
  async close(patienceMs: number): Promise<void> {
    const deadlineMs = this.clock.nowMs() + patienceMs;
    // What came before the wish to close says nothing about the queue now.
    this.lastAcceptedMs = this.clock.nowMs();
    for (;;) {
      const nowMs = this.clock.nowMs();
      const waitMs = Math.min(this.lastAcceptedMs + QUIET_MS, deadlineMs) - nowMs;
      if (waitMs <= 0) break;
      await new Promise<void>(resolve => {
        this.clock.after(waitMs, resolve);
      });
    }
    // Frees the descriptor at once; `close` events would wait for the last connection.
    this.server.close();
  }
}

const BACKLOG = 4096;
