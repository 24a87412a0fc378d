// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { constants, createServer } from 'node:http2';
import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { Child, waitFor } from '@weir/testing';

/** How a server fails a call whose answer has begun. */
export type Death = 'reset-connection' | 'reset-stream' | 'close-connection' | 'end-without-status';

/** A gRPC server that answers each call with one message, `begun`, and then fails it as it is told. */
export class DyingGrpcServer implements Disposable {
  private readonly server: Http2Server;
  private readonly sockets = new Set<Socket>();
  private readonly streams: ServerHttp2Stream[] = [];

  private constructor(server: Http2Server) {
    this.server = server;
    server.on('connection', (socket: Socket) => this.sockets.add(socket));
    server.on('sessionError', () => undefined);
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      // With trailers to come, Node resets a stream without ending it first.
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.write(BEGUN);
      this.streams.push(stream);
    });
  }

  static async start(): Promise<DyingGrpcServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DyingGrpcServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Calls that run. */
  get openCount(): number {
    return this.streams.filter(({ closed }) => !closed).length;
  }

  die(death: Death): void {
    if (death === 'reset-stream') {
      for (const stream of this.streams.splice(0)) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    if (death === 'end-without-status') {
      for (const stream of this.streams.splice(0)) {
        // Node makes of these an empty DATA frame that ends the stream.
        stream.once('wantTrailers', () => stream.sendTrailers({}));
        stream.end();
      }
      return;
    }
    for (const socket of this.sockets) {
      if (death === 'reset-connection') socket.resetAndDestroy();
      else socket.destroy();
    }
    this.sockets.clear();
  }

  [Symbol.dispose](): void {
    this.die('close-connection');
    this.server.close();
  }
}

/** The same server as a process of its own, which can be killed. */
export async function startGrpcProcess(): Promise<{ readonly child: Child; readonly port: number }> {
  const script = `
    const server = require('node:http2').createServer();
    server.on('stream', stream => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write(Buffer.from('${BEGUN_HEX}', 'hex'));
    });
    server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const child = new Child([process.execPath, '-e', script]);
  const port = await waitFor(() => /^\d+\n/v.exec(child.stdout)?.[0], { what: () => `the port of the server\n${child.output}` });
  return { child, port: Number(port) };
}

/** One message, not compressed (gRPC over HTTP/2, Length-Prefixed-Message). */
const BEGUN = Buffer.concat([Buffer.from([0, 0, 0, 0, 5]), Buffer.from('begun')]);
const BEGUN_HEX = BEGUN.toString('hex');
