// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { ByteReader } from '../wire/byte-reader.ts';
import type { Ending } from '../wire/byte-reader.ts';
import type { RawRequest } from '../wire/raw-request.ts';
import { readRequest, readRequestHead } from '../wire/read-message.ts';
import { writeBytes } from '../wire/write-bytes.ts';

/** One connection to a scripted upstream, in the hands of its script. */
export class UpstreamConnection {
  /** 0 for the first connection that the upstream took. */
  readonly index: number;
  readonly socket: Socket;
  readonly reader: ByteReader;
  /** Every request read so far. */
  readonly requests: RawRequest[] = [];
  /** Resolves when the connection is closed on both sides. */
  readonly closed: Promise<Ending>;
  private readonly recorded: Buffer[] = [];

  constructor(socket: Socket, index: number) {
    this.socket = socket;
    this.index = index;
    this.reader = new ByteReader(socket, bytes => this.recorded.push(bytes));
    this.closed = new Promise(resolve => {
      socket.once('close', hadError => resolve(hadError ? 'reset' : 'end'));
    });
  }

  /** The exact bytes read so far. */
  get seen(): string {
    return Buffer.concat(this.recorded).toString('latin1');
  }

  async readRequest(): Promise<RawRequest> {
    const request = await readRequest(this.reader);
    this.requests.push(request);
    return request;
  }

  /** Reads a head and leaves the body on the wire. */
  async readRequestHead(): Promise<RawRequest> {
    const request = await readRequestHead(this.reader);
    this.requests.push(request);
    return request;
  }

  /** Writes each part as a packet of its own. */
  async send(...parts: readonly (string | Buffer)[]): Promise<void> {
    for (const part of parts) await writeBytes(this.socket, part);
  }

  /** Half-close: says that no more will be sent. */
  end(): void {
    this.socket.end();
  }

  /** Breaks the connection off with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}
