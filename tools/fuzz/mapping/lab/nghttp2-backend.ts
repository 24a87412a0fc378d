// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Field } from '../../frames/model/hpack-model.ts';

/** A request as nghttp2 read it, from its first field to its last byte. */
export interface ReadRequest {
  readonly fields: readonly Field[];
  readonly body: string;
}

/** A backend of HTTP/2 that is not ours: Node's nghttp2, which refuses what is malformed. It answers each request with 200. */
export class Nghttp2Backend implements AsyncDisposable {
  readonly protocol = 'http2';
  /** Those that came whole. */
  readonly requests: ReadRequest[] = [];
  /** What nghttp2 found wrong about the gateway's frames; has to stay empty. */
  readonly complaints: string[] = [];
  private readonly server: Http2Server;
  private readonly sessions = new Set<ServerHttp2Session>();

  private constructor() {
    this.server = createServer();
    this.server.on('session', session => {
      this.sessions.add(session);
      session.on('error', (error: Error) => this.complaints.push(error.message));
      session.on('close', () => this.sessions.delete(session));
    });
    this.server.on('stream', (stream: ServerHttp2Stream, ...[, , raw]: readonly [unknown, number, readonly string[]]) => {
      this.serve(stream, raw);
    });
  }

  static async open(): Promise<Nghttp2Backend> {
    const backend = new Nghttp2Backend();
    backend.server.listen(0, '127.0.0.1');
    await once(backend.server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    this.server.close();
    return Promise.resolve();
  }

  private serve(stream: ServerHttp2Stream, raw: readonly string[]): void {
    const fields: Field[] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i] ?? '', raw[i + 1] ?? '']);
    let body = '';
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    stream.on('end', () => {
      if (stream.aborted || stream.destroyed) return;
      this.requests.push({ fields, body });
      stream.respond({ ':status': 200 }, { endStream: true });
    });
  }
}
