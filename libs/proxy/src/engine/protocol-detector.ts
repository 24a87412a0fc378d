// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { ByteSource } from '../http1/byte-source.ts';
import { PREFACE } from '../http2/frame.ts';
import type { ConnectionHost, ServedConnection } from './connection-host.ts';

/** What serves a connection when its protocol is known; takes all bytes from the first on. */
export interface DetectedProtocols {
  http1(firstBytes: Buffer): void;
  http2(firstBytes: Buffer): void;
}

const EMPTY = Buffer.alloc(0);

/**
 * Tells HTTP/2 by prior knowledge (RFC 9113 §3.3) from HTTP/1.1 on a plain connection: no method of HTTP/1.1 begins like the
 * preface. Until the first bytes come, a connection is no more than this, so that idle ones cost little.
 */
export class ProtocolDetector implements ServedConnection {
  private readonly socket: Socket;
  private readonly host: ConnectionHost;
  private readonly startedMs: number;
  private readonly protocols: DetectedProtocols;
  private seen: Buffer = EMPTY;
  private isOver = false;

  constructor(source: ByteSource, host: ConnectionHost, protocols: DetectedProtocols) {
    this.socket = source.socket;
    this.host = host;
    this.startedMs = host.coarseNowMs;
    this.protocols = protocols;
    source.listen(bytes => this.onBytes(bytes));
    this.socket.on('end', this.onGone);
    this.socket.on('error', this.onGone);
    this.socket.on('close', this.onGone);
  }

  sweep(nowMs: number): void {
    const { limits, isDraining } = this.host;
    const silentMs = nowMs - this.startedMs;
    const patienceMs = this.seen.length > 0 ? limits.headTimeoutMs : limits.idleTimeoutMs;
    if (silentMs > patienceMs) {
      if (this.seen.length > 0) this.host.onRefused(new Fault('request_timeout', 'the preface did not come in time'), 'HTTP/2');
      this.onGone();
    } else if (isDraining && silentMs > LAST_CALL_MS && this.seen.length === 0) this.onGone();
  }

  /** Nothing that could be answered has come. */
  failAll(): void {
    if (!this.isOver) this.onGone();
  }

  private onBytes(bytes: Buffer): void {
    const all = this.seen.length === 0 ? bytes : Buffer.concat([this.seen, bytes]);
    const length = Math.min(all.length, PREFACE.length);
    const isPreface = PREFACE.compare(all, 0, length, 0, length) === 0;
    if (isPreface && length < PREFACE.length) {
      this.seen = Buffer.from(all);
      return;
    }
    this.leave();
    if (isPreface) this.protocols.http2(all);
    else this.protocols.http1(all);
  }

  private readonly onGone = (): void => {
    this.leave();
    this.socket.destroy();
    this.host.onClosed(this);
  };

  private leave(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.socket.off('end', this.onGone);
    this.socket.off('error', this.onGone);
    this.socket.off('close', this.onGone);
  }
}

/** Silence after which a connection is taken to be unused while the engine drains. */
const LAST_CALL_MS = 500;
