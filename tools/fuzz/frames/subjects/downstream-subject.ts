// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Fault } from '@weir/base';
import { defaultLimits } from '@weir/proxy/http1';
import { type ConnectionHost, Http2DownstreamConnection, type Responder, type RunningExchange } from '@weir/proxy/http2';
import { createManualClock, createSeededRandom, createTestExchange, MemorySocket } from '@weir/testing';
import { ImmediateBatch } from './immediate-batch.ts';
import { ScriptedExchange } from './scripted-exchange.ts';
import type { Subject } from './subject.ts';

/** The server side: what serves clients. */
export class DownstreamSubject implements Subject, ConnectionHost {
  readonly role = 'server';
  readonly clock = createManualClock();
  readonly limits = defaultLimits;
  readonly batch = new ImmediateBatch();
  readonly random = createSeededRandom(1);
  readonly downstream = createTestExchange().downstream;
  readonly isDraining = false;
  readonly coarseNowMs = 0;
  readonly dateText = 'Thu, 01 Jan 1970 00:00:00 GMT';
  readonly complaints: string[] = [];
  private readonly exchanges: ScriptedExchange[] = [];
  private readonly socket = new MemorySocket();
  private readonly connection: Http2DownstreamConnection;
  private keptBytes = 0;

  constructor() {
    const socket = this.socket.asSocket();
    const keep = (chunk: Buffer): Buffer => {
      this.keptBytes += chunk.length;
      return Buffer.from(chunk);
    };
    this.connection = new Http2DownstreamConnection({ socket, listen: () => undefined, keep, rest: () => undefined }, this);
  }

  get stories(): readonly string[] {
    return this.exchanges.map(({ story }) => story);
  }

  get heads(): Subject['heads'] {
    return this.exchanges.map(({ exchange }) => [...exchange.request.headers.entries()]);
  }

  get isOver(): boolean {
    return this.socket.isOver;
  }

  get heldBytes(): number {
    return this.keptBytes - this.exchanges.reduce((sum, { takenBytes }) => sum + takenBytes, 0);
  }

  push(bytes: Buffer): void {
    this.connection.receive(bytes);
    this.batch.flush();
  }

  takeSent(): Buffer {
    this.batch.flush();
    return this.socket.takeSent();
  }

  handle(exchange: Exchange, responder: Responder): RunningExchange {
    if (this.isOver) this.complaints.push('a request after the end of the connection');
    const running = new ScriptedExchange(exchange, responder, complaint => this.complaints.push(complaint));
    this.exchanges.push(running);
    running.start();
    return running;
  }

  onRefused(fault: Fault): void {
    if (fault.code === 'internal') this.complaints.push(`threw ${String(fault.cause)}`);
  }

  onClosed(): void {
    // The double has nothing to forget.
  }
}
