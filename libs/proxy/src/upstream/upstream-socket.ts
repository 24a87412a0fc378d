// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { Fault } from '@weir/base';
import type { ReadMemory } from '../http1/read-memory.ts';
import type { BackendSession } from '../tls/backend-sessions.ts';
import type { SessionCache } from './session-cache.ts';

/** What comes before HTTP on a connection. */
export interface Preamble {
  /** Goes before everything else, TLS included; undefined = none. */
  readonly proxyHeader: Buffer | undefined;
  /** Undefined = plaintext. */
  readonly tls: ConnectionOptions | undefined;
  /** Sessions of connections that begin in the same way; undefined = none are resumed. */
  readonly sessions?: SessionCache | undefined;
  /** See BackendSession. */
  readonly usableForMs?: BackendSession['usableForMs'] | undefined;
}

/** Where a connection leads. */
export interface UpstreamTarget {
  readonly address: string;
  readonly port: number;
  /** TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** Address of this host to call from; undefined, as for most: whichever the system takes. */
  readonly localAddress?: string | undefined;
  /** Undefined, as for most: HTTP begins at once, in plaintext. */
  readonly preamble?: Preamble | undefined;
}

export interface UpstreamSocketHandler {
  /** The preamble is done: TLS is there, and the backend is who it has to be. Nothing may be sent before. */
  onReady(): void;
  /** Each read's bytes, to be looked at during the call only; for longer see ReadMemory.keep. */
  onBytes(bytes: Buffer): void;
}

/** Begins a connection to an endpoint that reads into `memory`. The handler hears of it in a later turn. */
export function openUpstreamSocket(target: UpstreamTarget, memory: ReadMemory, handler: UpstreamSocketHandler): Socket {
  const { preamble } = target;
  if (preamble?.tls !== undefined) return openTlsSocket(target, preamble.tls, handler);
  const socket = connect({
    ...tcpOptions(target),
    onread: {
      buffer: memory.current,
      callback: byteCount => {
        handler.onBytes(memory.lastRead(byteCount));
        return true;
      },
    },
  });
  socket.once('connect', () => {
    if (preamble?.proxyHeader !== undefined) socket.write(preamble.proxyHeader);
    handler.onReady();
  });
  return socket;
}

function openTlsSocket(target: UpstreamTarget, tls: ConnectionOptions, handler: UpstreamSocketHandler): Socket {
  const { proxyHeader, sessions } = target.preamble ?? {};
  const raw = connect(tcpOptions(target));
  // Written before TLS has anything to say, and so goes first.
  if (proxyHeader !== undefined) raw.write(proxyHeader);
  const resumed = sessions?.take();
  const secure = connectTls({ ...tls, socket: raw, ...(resumed === undefined ? {} : { session: resumed.session }) });
  sessions?.learnFrom(secure, resumed);
  secure.once('secureConnect', () => handler.onReady());
  secure.on('data', (bytes: Buffer) => handler.onBytes(bytes));
  return secure;
}

/** Until when a connection that is ready takes requests, by the clock of `nowMs`. */
export function usableUntilMs({ preamble }: UpstreamTarget, socket: Socket, nowMs: number): number {
  const usableForMs = preamble?.usableForMs;
  return usableForMs === undefined || !(socket instanceof TLSSocket) ? Infinity : nowMs + usableForMs(socket);
}

function tcpOptions({ address, port, localAddress }: UpstreamTarget) {
  const options = { host: address, port, noDelay: true, keepAlive: true };
  return localAddress === undefined ? options : { ...options, localAddress };
}

/** Why a connection never became ready. Whatever TLS finds wrong with the backend is in the cause's words. */
export function connectFault({ preamble }: UpstreamTarget, failure: Error | undefined): Fault {
  const options = failure === undefined ? undefined : { cause: failure };
  if (preamble?.tls !== undefined && !isOfConnecting(failure)) {
    return new Fault('upstream_tls_failed', 'no TLS with the upstream', options);
  }
  return new Fault('upstream_connect_failed', failure?.message ?? 'the upstream closed the connection', options);
}

/** Errors of system calls name the call; those of TLS name none, not even where the peer broke off. */
function isOfConnecting(failure: Error | undefined): boolean {
  return failure !== undefined && 'syscall' in failure && failure.syscall === 'connect';
}
