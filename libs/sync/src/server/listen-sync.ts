// SPDX-License-Identifier: Apache-2.0
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, SecureServerOptions, ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, TLSSocket } from 'node:tls';
import type { Server } from 'node:tls';
import { createContextValues } from '@connectrpc/connect';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Clock } from '@weir/base';
import { RELAY_PROTOCOL } from '../messages/relay.ts';
import { acceptRelay } from './accept-relay.ts';
import type { RelayConnection } from './accept-relay.ts';
import { isGrpcStream } from './grpc-stream.ts';
import type { GrpcExchange } from './grpc-stream.ts';
import { PEER, PEER_LEAF } from './sync-service.ts';
import { MAX_MESSAGE_BYTES } from './sync-settings.ts';

/** Who shows no certificate may join, which takes one call. */
const STRANGER_MS = 60_000;
/** A proxy needs one stream, and now and then a call; each may bring a message of 32 MiB. */
const MAX_CONCURRENT_STREAMS = 16;
/** Who joins sends a signing request and a token; anybody can have it kept until its last byte is there. */
const MAX_STRANGER_BYTES = 65_536;
/** TLS; longer than many proxies at once take, that come back to a busy control plane. */
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** A peer that does not answer a ping until the next one is gone. */
const PING_MS = 20_000;

export interface SyncListenerOptions {
  readonly host: string;
  /** 0 = any. */
  readonly port: number;
  /**
   * Certificate, key and the authorities of clients; TLS is 1.3. Connections without a certificate are taken, as who joins has none yet:
   * they are nobody's, and each service decides what nobody may do.
   */
  readonly tls: Pick<SecureServerOptions, 'ca' | 'cert' | 'ecdhCurve' | 'key' | 'secureOptions' | 'SNICallback'>;
  /** Who the certificate of a connection stands for, which TLS has verified; undefined = nobody. */
  readonly peerOf: (socket: TLSSocket) => string | undefined;
  /** A call came over a connection whose certificate TLS did not verify; it is treated as nobody's. */
  readonly onUnverified?: (socket: TLSSocket) => void;
  readonly routes: (router: ConnectRouter) => void;
  /** A proxy lets its admin side be asked over this connection, once; absent = no proxy is let do so. */
  readonly onRelay?: (connection: RelayConnection) => void;
  /** Takes streams of proxies in place of `routes`, at less cost; `peer` is never ''. */
  readonly serveStream?: (peer: string, exchange: GrpcExchange) => void;
  readonly clock: Clock;
}

export interface SyncListener {
  readonly port: number;
  /** For certificates that were renewed: connections that follow use them. */
  readonly server: Pick<Server, 'setSecureContext'>;
  /** Stops listening and ends the connections; streams are better ended before. */
  close(): Promise<void>;
}

/** Listens for proxies with mutual TLS. Resolves when it does. */
export async function listenSync(options: SyncListenerOptions): Promise<SyncListener> {
  const { host, port, tls } = options;
  const sessions = new Set<ServerHttp2Session>();
  const relays = new Set<TLSSocket>();
  /** Also those whose handshake is not done: a server that closes waits for them. */
  const sockets = new Set<Socket>();
  const http2 = serveCalls(options, sessions);
  const server = createServer({
    ...tls,
    ...{ requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3', handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    ALPNProtocols: options.onRelay === undefined ? ['h2'] : ['h2', RELAY_PROTOCOL],
  });
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', socket => {
    if (socket.alpnProtocol === RELAY_PROTOCOL) serveRelay(socket, options, relays);
    else http2.emit('secureConnection', socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    server,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
        for (const socket of relays) socket.destroy();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Calls over HTTP/2; it is given its connections. */
function serveCalls(options: SyncListenerOptions, sessions: Set<ServerHttp2Session>): Http2SecureServer {
  const { serveStream } = options;
  const serveCall = createCallHandler(options, MAX_MESSAGE_BYTES);
  const serveStranger = createCallHandler(options, MAX_STRANGER_BYTES);
  const server = createSecureServer({ settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS } }, (request, response) => {
    const { socket } = request;
    const isVerified = 'authorized' in socket && socket.authorized;
    const peer = isVerified && serveStream !== undefined && isGrpcStream(request) ? verifiedPeer(socket, options) : '';
    // Nobody is told so by the other ways.
    if (peer !== '') serveStream?.(peer, { request, response });
    else if (isVerified) serveCall(request, response);
    else serveStranger(request, response);
  });
  server.on('session', session => {
    sessions.add(session);
    watch(session, options.clock, () => sessions.delete(session));
  });
  return server;
}

function createCallHandler(options: SyncListenerOptions, readMaxBytes: number): ReturnType<typeof connectNodeAdapter> {
  return connectNodeAdapter({
    routes: options.routes,
    readMaxBytes,
    acceptCompression: [],
    contextValues: request => {
      const values = createContextValues();
      const { socket } = request;
      if (!('authorized' in socket)) return values;
      const peer = verifiedPeer(socket, options);
      const leaf = peer === '' ? '' : (socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      return values.set(PEER, peer).set(PEER_LEAF, leaf);
    },
  });
}

/** Who is nobody has no admin side to offer. */
function serveRelay(socket: TLSSocket, options: SyncListenerOptions, relays: Set<TLSSocket>): void {
  const { clock, onRelay } = options;
  const peer = verifiedPeer(socket, options);
  if (peer === '' || onRelay === undefined) {
    socket.destroy();
    return;
  }
  const end = clock.after(certificateEndsInMs(socket, clock), () => socket.destroy());
  relays.add(socket);
  socket.once('close', () => {
    relays.delete(socket);
    end.cancel();
  });
  acceptRelay(socket, peer, { clock, onRelay });
}

/** What a timer can wait for; no stream lives that long. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A connection is worth no more than the certificate that it was made with, and little without one. */
function certificateEndsInMs(socket: ServerHttp2Session['socket'], clock: Clock): number {
  // It stands for the socket, and answers `in` for itself.
  const leaf = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return leaf === undefined ? STRANGER_MS : Math.min(leaf.validToDate.getTime() - clock.wallMs(), MAX_TIMER_MS);
}

/** What TLS did not verify says nothing, whatever is written in it. */
function verifiedPeer(socket: TLSSocket, { peerOf, onUnverified }: SyncListenerOptions): string {
  if (socket.authorized) return peerOf(socket) ?? '';
  if (socket.getPeerX509Certificate() !== undefined) onUnverified?.(socket);
  return '';
}

/** Without pings, a peer that vanished would count as connected until TCP gives up. */
function watch(session: ServerHttp2Session, clock: Clock, onClose: () => void): void {
  let isAnswered = true;
  const pings = clock.every(PING_MS, () => {
    if (!isAnswered || session.closed) {
      session.destroy();
      return;
    }
    isAnswered = false;
    session.ping(() => {
      isAnswered = true;
    });
  });
  // Who has renewed its certificate comes back with the new one.
  const end = clock.after(certificateEndsInMs(session.socket, clock), () => session.destroy());
  session.once('close', () => {
    pings.cancel();
    end.cancel();
    onClose();
  });
}
