// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { ByteReader } from '../wire/byte-reader.ts';
import type { Ending } from '../wire/byte-reader.ts';
import type { RawResponse } from '../wire/raw-response.ts';
import { readResponse, readResponseHead } from '../wire/read-message.ts';
import { closeSocket, writeBytes } from '../wire/write-bytes.ts';
import { requestText } from './request-text.ts';
import type { RequestOptions } from './request-text.ts';

export interface ClientOptions {
  /** Of loopback, unless `host` says otherwise. */
  readonly port?: number;
  readonly host?: string;
  /** A Unix socket, instead of a port. */
  readonly socketPath?: string;
  /** Present = speak TLS, with these options of node:tls. */
  readonly tls?: ConnectionOptions;
}

/** A client that sends exactly the bytes it is given and reads only when it is asked to. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  readonly reader: ByteReader;
  private readonly transport: Socket;

  /** `transport` is the TCP connection below, where `socket` speaks TLS over it. */
  constructor(socket: Socket, transport: Socket = socket) {
    this.socket = socket;
    this.transport = transport;
    this.reader = new ByteReader(socket);
  }

  /** Writes each part as a packet of its own. */
  async send(...parts: readonly (string | Buffer)[]): Promise<void> {
    for (const part of parts) await writeBytes(this.socket, part);
  }

  /** The next final response with the 1xx before it; Error where it is not proper HTTP. */
  readResponse(method = 'GET'): Promise<RawResponse> {
    return readResponse(this.reader, method);
  }

  /** The next head, 1xx included; the body stays on the wire. */
  readResponseHead(): Promise<RawResponse> {
    return readResponseHead(this.reader);
  }

  /** Sends a request and reads the answer. */
  request(target: string, options: RequestOptions = {}): Promise<RawResponse> {
    return this.exchange(requestText(target, options), options.method);
  }

  /** Sends raw text and reads one response. */
  async exchange(text: string, method = 'GET'): Promise<RawResponse> {
    await this.send(text);
    return this.readResponse(method);
  }

  /** The rest of what the peer says, and how it closed. */
  readUntilClose(): Promise<{ bytes: Buffer; ending: Ending }> {
    return this.reader.readToEnd();
  }

  /** Half-close: says that no more will be sent. */
  endWriting(): void {
    this.socket.end();
  }

  /** Breaks the connection off with a TCP reset. */
  reset(): void {
    this.transport.resetAndDestroy();
  }

  /** Goes away in an orderly manner. */
  close(): Promise<void> {
    return closeSocket(this.socket);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Opens a connection; throws when it is refused or, with TLS, when the handshake fails. */
export async function connectRaw({ port = 0, host = '127.0.0.1', socketPath, tls }: ClientOptions): Promise<RawClient> {
  const transport = await openTcp(socketPath === undefined ? { host, port } : { path: socketPath });
  return tls === undefined ? new RawClient(transport) : new RawClient(await startTls(transport, tls), transport);
}

async function openTcp(target: { host: string; port: number } | { path: string }): Promise<Socket> {
  const socket = connectTcp({ ...target, noDelay: true, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

async function startTls(transport: Socket, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ ...options, socket: transport });
  await once(socket, 'secureConnect');
  return socket;
}
