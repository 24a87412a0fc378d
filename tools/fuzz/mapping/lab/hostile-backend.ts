// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HTTP2_PREFACE, http2Frame, http2FramesIn } from '@weir/testing';
import { TYPE } from '../../frames/model/words.ts';

/** A server that answers every request with the bytes that it was told to, whatever they are. */
export class HostileBackend implements AsyncDisposable {
  readonly protocol: 'http1' | 'http2';
  /** The answer, written at once; for HTTP/2 it is made for the stream that asks. */
  answer: (streamId: number) => Buffer = () => Buffer.alloc(0);
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(protocol: 'http1' | 'http2') {
    this.protocol = protocol;
    this.server = createServer({ noDelay: true }, socket => this.serve(socket));
  }

  static async open(protocol: 'http1' | 'http2'): Promise<HostileBackend> {
    const backend = new HostileBackend(protocol);
    backend.server.listen(0, '127.0.0.1');
    await once(backend.server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    return Promise.resolve();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    if (this.protocol === 'http1') this.serveHttp1(socket);
    else this.serveHttp2(socket);
  }

  /** The end of the connection ends an answer that nothing else ends. */
  private serveHttp1(socket: Socket): void {
    let seen = '';
    socket.on('data', (bytes: Buffer) => {
      seen += bytes.toString('latin1');
      if (!seen.includes('\r\n\r\n')) return;
      seen = '';
      socket.end(this.answer(0));
    });
  }

  private serveHttp2(socket: Socket): void {
    let rest: Buffer = Buffer.alloc(0);
    let isGreeted = false;
    socket.write(http2Frame({ type: TYPE.settings }));
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      if (!isGreeted && rest.length < HTTP2_PREFACE.length) return;
      if (!isGreeted) rest = rest.subarray(HTTP2_PREFACE.length);
      isGreeted = true;
      for (const { type, streamId, payload } of http2FramesIn(rest)) {
        rest = rest.subarray(9 + payload.length);
        if (type === TYPE.headers && socket.writable) socket.write(this.answer(streamId));
      }
    });
  }
}
