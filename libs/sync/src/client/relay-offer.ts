// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Backoff } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import { formatRelayPreface, RELAY_PROTOCOL } from '../messages/relay.ts';
import type { ControlPlaneAddress } from './connect-stream.ts';

/** Answers under way at a time, streams among them: what a control plane asks must not use a proxy up. */
const MAX_ANSWERING = 8;
const CONNECT_TIMEOUT_MS = 5_000;
/** A control plane that vanished without a word is found out by probes of TCP: these begin after so much silence, one a second, ten of them. */
const KEEP_ALIVE_MS = 10_000;
/** A control plane that knows no relay refuses each attempt; it may be replaced by one that does. */
const BACKOFF = { firstMs: 20, maxMs: 15_000 };

export interface RelayOfferOptions {
  readonly address: ControlPlaneAddress;
  /** As in the Hello of this proxy's stream. */
  readonly proxy: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Answers what the control plane asks. Nothing but GET and HEAD comes to it. */
  readonly handler: RequestListener;
}

/**
 * Lets the control plane ask this proxy's admin side, which it cannot dial: one connection waits there, over mutual TLS, for one request;
 * another one takes its place as soon as that has come. Where it cannot connect it tries again, ever later, and says nothing: the stream of
 * configuration says the same.
 */
export class RelayOffer {
  private readonly options: RelayOfferOptions;
  private readonly backoff: Backoff;
  private readonly server: Server;
  /** Waits for a request, or for its handshake. */
  private spare: TLSSocket | undefined;
  private readonly answering = new Set<TLSSocket>();
  private retry: Timer | undefined;
  private isClosed = false;

  constructor(options: RelayOfferOptions) {
    this.options = options;
    this.backoff = new Backoff(BACKOFF, options.random);
    // A spare connection says nothing for as long as nobody asks.
    this.server = createServer({ headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 }, (request, response) =>
      this.answer(request, response),
    );
  }

  start(): void {
    this.dial();
  }

  /** Ends the answers under way, too. */
  close(): void {
    this.isClosed = true;
    this.retry?.cancel();
    this.spare?.destroy();
    for (const socket of this.answering) socket.destroy();
  }

  private dial(): void {
    if (this.isClosed || this.spare !== undefined || this.retry !== undefined) return;
    if (this.answering.size >= MAX_ANSWERING) return;
    const { clock, address, proxy } = this.options;
    try {
      this.spare = connect({ ...placeOf(address), ...address.tls(), minVersion: 'TLSv1.3', ALPNProtocols: [RELAY_PROTOCOL] });
    } catch {
      // There is no certificate (yet), or none that can be used.
      this.dialLater();
      return;
    }
    const socket = this.spare;
    const startedMs = clock.nowMs();
    const late = clock.after(CONNECT_TIMEOUT_MS, () => socket.destroy());
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', () => socket.destroy());
    socket.once('secureConnect', () => {
      late.cancel();
      if (socket.alpnProtocol !== RELAY_PROTOCOL) {
        socket.destroy();
        return;
      }
      socket.write(formatRelayPreface({ proxy }));
      this.server.emit('connection', socket);
    });
    socket.once('close', () => {
      late.cancel();
      this.leave(socket, clock.nowMs() - startedMs);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.spare === request.socket) {
      this.answering.add(this.spare);
      this.spare = undefined;
      this.backoff.reset();
      this.dial();
    }
    response.shouldKeepAlive = false;
    if (request.method === 'GET' || request.method === 'HEAD') this.options.handler(request, response);
    else response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  }

  private leave(socket: TLSSocket, ageMs: number): void {
    if (this.answering.delete(socket)) {
      this.dial();
      return;
    }
    this.spare = undefined;
    if (ageMs > BACKOFF.maxMs) this.backoff.reset();
    this.dialLater();
  }

  private dialLater(): void {
    if (this.isClosed) return;
    this.retry = this.options.clock.after(this.backoff.nextMs(), () => {
      this.retry = undefined;
      this.dial();
    });
  }
}

function placeOf({ url }: ControlPlaneAddress): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/v, '$1'), port: port === '' ? 443 : Number(port) };
}
