// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { PeerEnded } from '../wire/byte-reader.ts';
import type { RawRequest } from '../wire/raw-request.ts';
import { closeSocket } from '../wire/write-bytes.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/** Plays the server's part on one connection. The connection stays open after it until the peer or the upstream closes it. */
export type UpstreamScript = (connection: UpstreamConnection) => Promise<void> | void;

export interface UpstreamOptions {
  /** 0 = any free port. */
  readonly port?: number;
  readonly host?: string;
}

/** A server on loopback that does exactly what its script says and remembers what it was sent. */
export class Upstream implements AsyncDisposable {
  readonly connections: UpstreamConnection[] = [];
  private readonly server: Server;
  private readonly script: UpstreamScript;
  private readonly failures: unknown[] = [];

  constructor(script: UpstreamScript) {
    this.script = script;
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.take(socket));
  }

  async listen({ port = 0, host = '127.0.0.1' }: UpstreamOptions): Promise<void> {
    this.server.listen(port, host);
    await once(this.server, 'listening');
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the upstream does not listen');
    return address.port;
  }

  /** All requests read so far, over all connections, in the order of the connections. */
  get requests(): readonly RawRequest[] {
    return this.connections.flatMap(connection => connection.requests);
  }

  get openConnectionCount(): number {
    return this.connections.filter(({ socket }) => !socket.closed).length;
  }

  /** Forgets connections that are closed and requests so far. */
  forget(): void {
    this.connections.splice(0, this.connections.length, ...this.connections.filter(({ socket }) => !socket.closed));
    for (const connection of this.connections) connection.requests.length = 0;
  }

  /**
   * Closes the port and every connection. Throws what a script threw, also when the peer's bytes were no proper HTTP;
   * that the peer went away is no failure.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.failures.length > 0) throw new AggregateError(this.failures, 'an upstream script failed');
  }

  /** Closes the port and every connection; idempotent. */
  async stop(): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    await Promise.all(this.connections.map(({ socket }) => closeSocket(socket)));
    await closed;
  }

  private take(socket: Socket): void {
    const connection = new UpstreamConnection(socket, this.connections.length);
    this.connections.push(connection);
    this.run(connection).catch((error: unknown) => {
      if (!(error instanceof PeerEnded) && !socket.destroyed) this.failures.push(error);
      socket.destroy();
    });
  }

  private async run(connection: UpstreamConnection): Promise<void> {
    await this.script(connection);
    while (await connection.reader.hasMore()) await connection.reader.readSome();
    connection.socket.end();
  }
}

/** Starts a scripted upstream on loopback. */
export async function startUpstream(script: UpstreamScript, options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = new Upstream(script);
  await upstream.listen(options);
  return upstream;
}
