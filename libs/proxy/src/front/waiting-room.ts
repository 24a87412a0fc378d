// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { OpenedSource } from '../tcp/splice-side.ts';

export interface WaitingOptions {
  readonly deadlineMs: number;
  /** It ended here. Not called for a client that left without a byte: a probe of a balancer asks for nothing. */
  onRefused(fault: Fault): void;
}

/** Connections whose first bytes are still on their way. */
export class WaitingRoom {
  private readonly all = new Set<Waiting>();

  /** Lets a paused connection in. */
  enter(source: OpenedSource, options: WaitingOptions): Waiting {
    const waiting = new Waiting(source, options, () => this.all.delete(waiting));
    this.all.add(waiting);
    return waiting;
  }

  sweep(nowMs: number): void {
    for (const waiting of this.all) waiting.sweep(nowMs);
  }
}

/** One connection that waits. Whatever goes wrong while it does ends it, and nothing else. */
export class Waiting {
  private readonly source: OpenedSource;
  private readonly options: WaitingOptions;
  private readonly onLeft: () => void;
  private isWaiting = true;
  private hasBytes = false;
  private readonly onError = (): void => void this.source.socket.destroy();
  private readonly onGone = (): void =>
    this.refuse(new Fault('client_closed', 'the client left before its first bytes were complete'));

  constructor(source: OpenedSource, options: WaitingOptions, onLeft: () => void) {
    this.source = source;
    this.options = options;
    this.onLeft = onLeft;
    const { socket } = source;
    socket.on('error', this.onError);
    socket.on('end', this.onGone);
    socket.on('close', this.onGone);
  }

  /** Has the bytes handed to `take`, in memory of their own; what it throws ends the connection. */
  listen(take: (bytes: Buffer) => void): void {
    this.source.listen(bytes => {
      this.hasBytes = true;
      try {
        take(Buffer.from(bytes));
      } catch (reason) {
        this.refuse(Fault.from(reason));
      }
    });
    this.source.socket.resume();
  }

  /** Its first bytes are complete: it pauses, and who takes over listens anew. */
  leave(): void {
    this.isWaiting = false;
    const { socket } = this.source;
    socket.off('error', this.onError);
    socket.off('end', this.onGone);
    socket.off('close', this.onGone);
    socket.pause();
    this.onLeft();
  }

  sweep(nowMs: number): void {
    if (nowMs > this.options.deadlineMs) this.refuse(new Fault('request_timeout', 'the first bytes did not come in time'));
  }

  private refuse(fault: Fault): void {
    if (!this.isWaiting) return;
    this.leave();
    if (this.hasBytes || fault.code !== 'client_closed') this.options.onRefused(fault);
    this.source.socket.on('error', () => undefined);
    this.source.socket.destroy();
  }
}
