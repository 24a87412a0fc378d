// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { askOnce, openSocket, openTlsSocket } from './connect.ts';
import { Http2Client } from './http2-client.ts';
import { routeTarget } from './route-paths.ts';
import { openWebSocket } from './websocket-client.ts';
import { renderMessage } from './websocket-frames.ts';

/** What a connection speaks that is used once and then left alone. */
export type IdleKind = 'http1' | 'http2' | 'websocket';

export interface IdleOptions {
  readonly kind: IdleKind;
  readonly port: number;
  readonly isTls: boolean;
}

/** Opened at a time: the rest waits, as in a listen queue that is not to overflow. */
const BATCH = 100;

/** Opens connections and uses each once. They stay open until they are disposed of. */
export class IdleConnections implements Disposable {
  private readonly sockets: Socket[] = [];
  private readonly options: IdleOptions;
  private lost = 0;

  constructor(options: IdleOptions) {
    this.options = options;
  }

  /** Connections that the gateway has closed. */
  get lostCount(): number {
    return this.lost;
  }

  async growTo(count: number): Promise<void> {
    while (this.sockets.length < count) {
      const batch = Math.min(BATCH, count - this.sockets.length);
      this.sockets.push(...(await Promise.all(Array.from({ length: batch }, () => this.open()))));
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async open(): Promise<Socket> {
    const { kind, port, isTls } = this.options;
    const alpn = kind === 'http2' ? 'h2' : 'http/1.1';
    const socket = isTls ? await openTlsSocket(port, { serverName: 'localhost', alpn }) : await openSocket(port);
    await USE[kind](socket);
    socket.on('close', () => (this.lost += 1));
    return socket;
  }
}

const USE: Readonly<Record<IdleKind, (socket: Socket) => Promise<void>>> = {
  http1: socket => askOnce(socket, 'localhost'),
  async http2(socket) {
    const client = await Http2Client.open(socket);
    const fields = { ':method': 'GET', ':scheme': 'http', ':authority': 'localhost', ':path': routeTarget(0) };
    await new Promise<void>((resolve, reject) => {
      const onReset = (): void => {
        reject(new Error('a request of HTTP/2 was reset'));
      };
      client.request(fields, { onData: () => undefined, onEnd: resolve, onReset }, true);
    });
  },
  async websocket(socket) {
    const events = { onEcho: (): void => undefined, onLost: (): void => undefined };
    const echo = new Promise<void>((resolve, reject) => {
      events.onEcho = resolve;
      events.onLost = () => {
        reject(new Error('a WebSocket was closed before it echoed'));
      };
    });
    await openWebSocket(socket, events);
    socket.write(renderMessage(Buffer.from('hello'), true));
    await echo;
  },
};
