// SPDX-License-Identifier: Apache-2.0
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import { reasonWords } from '@weir/base';
import { errorFromEnd } from '../messages/end-wire.ts';
import { SyncService } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import { framesFromPush } from '../messages/push-frames.ts';
import { readRequest } from '../messages/request-reader.ts';
import type { StreamEnd } from '../messages/protocol.ts';
import { GrpcReader } from '../messages/grpc-reader.ts';
import { MAX_MESSAGE_BYTES } from './sync-settings.ts';
import type { ProxyStream } from './proxy-stream.ts';
import type { SyncCore } from './sync-core.ts';

const PATH = `/${SyncService.typeName}/${SyncService.method.stream.name}`;
const CONTENT_TYPES: ReadonlySet<unknown> = new Set(['application/grpc', 'application/grpc+proto']);

/** Whether a request is a stream of a proxy in plain gRPC, which `serveGrpcStream` can take. */
export function isGrpcStream({ method, url, headers }: Http2ServerRequest): boolean {
  return (
    method === 'POST' &&
    url === PATH &&
    CONTENT_TYPES.has(headers['content-type']) &&
    headers['grpc-timeout'] === undefined &&
    [undefined, 'identity'].includes(headers['grpc-encoding']?.toString())
  );
}

/**
 * Serves a stream without the library that serves all other calls: that takes several times as long for a message as its bytes do, and
 * one change is one message for each of thousands of proxies.
 */
export function serveGrpcStream(core: SyncCore, peer: string, exchange: GrpcExchange): void {
  new GrpcStream(exchange).serve(core, peer);
}

export interface GrpcExchange {
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
}

class GrpcStream {
  private readonly stream: ServerHttp2Stream;
  private readonly response: Http2ServerResponse;
  private readonly frames: Iterator<readonly Uint8Array[]>[] = [];
  private isBlocked = false;
  private isOver = false;

  constructor({ request, response }: GrpcExchange) {
    this.stream = response.stream;
    this.response = response;
    // Whatever fails closes the stream, which is heard of below; without a listener it would end the process.
    request.on('error', () => undefined);
  }

  serve(core: SyncCore, peer: string): void {
    const { stream, response } = this;
    response.writeHead(200, { 'content-type': 'application/grpc+proto' });
    const proxy = core.connect(peer, {
      send: push => {
        this.frames.push(framesFromPush(push));
        this.write();
      },
      queuedCount: () => this.frames.length,
      end: end => this.end(end),
    });
    this.receive(proxy);
    stream.on('drain', () => {
      this.isBlocked = false;
      this.write();
    });
    stream.on('close', () => {
      this.isOver = true;
      proxy.close();
    });
  }

  private receive(proxy: ProxyStream): void {
    const { stream } = this;
    const reader = new GrpcReader(MAX_MESSAGE_BYTES, message => proxy.receive(readRequest(message)));
    stream.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (reason) {
        proxy.end({ reason: 'refused', detail: reasonWords(reason) });
      }
    });
    // The proxy says no more: nothing that it is sent would be acknowledged.
    stream.on('end', () => {
      proxy.close();
      this.finish('0', {});
    });
  }

  /** What waits, as fast as the proxy reads. */
  private write(): void {
    while (!this.isBlocked && !this.isOver) {
      const next = this.frames[0]?.next();
      if (next === undefined) return;
      if (next.done === true) this.frames.shift();
      else this.writePieces(next.value);
    }
  }

  private writePieces(pieces: readonly Uint8Array[]): void {
    this.stream.cork();
    for (const piece of pieces) this.isBlocked = !this.stream.write(piece);
    this.stream.uncork();
  }

  private end(end: StreamEnd): void {
    const { code, rawMessage, metadata } = errorFromEnd(end);
    this.finish(String(code), { 'grpc-message': encodeURIComponent(rawMessage), ...Object.fromEntries(metadata) });
  }

  private finish(status: string, fields: Readonly<Record<string, string>>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.response.addTrailers({ 'grpc-status': status, ...fields });
    this.stream.end();
    // What it still sends is of no use; without this the stream would stay until it ends.
    this.stream.resume();
  }
}
