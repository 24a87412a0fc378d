// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:http2';
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2';
import { RawResponse } from '../wire/raw-response.ts';
import type { Field } from '../wire/message.ts';
import type { ClientOptions } from './raw-client.ts';
import type { RequestOptions } from './request-text.ts';

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** A connection of Node's own HTTP/2 client, for one request after another. */
export class Http2Client implements AsyncDisposable {
  readonly session: ClientHttp2Session;

  constructor(at: ClientOptions) {
    this.session = connectHttp2(at);
  }

  /** Sends a request and reads the answer. */
  request(target: string, options: RequestOptions = {}): Promise<RawResponse> {
    return exchange(this.session, target, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.session.destroy();
    return Promise.resolve();
  }
}

/** Sends one request over HTTP/2 on a connection of its own, and reads the answer. */
export async function http2Request(at: ClientOptions, target: string, options?: RequestOptions): Promise<RawResponse> {
  await using client = new Http2Client(at);
  return await client.request(target, options);
}

/** More than any limit under test; Node's own default refuses to send what a gateway should refuse to take. */
const MAX_HEADER_BLOCK_BYTES = 1_048_576;

/** Opens an HTTP/2 connection of Node's own client; errors come out of its streams. */
export function connectHttp2({ port = 0, host = '127.0.0.1', tls }: ClientOptions): ClientHttp2Session {
  const scheme = tls === undefined ? 'http' : 'https';
  const options = { ...tls, ALPNProtocols: ['h2'], maxSendHeaderBlockLength: MAX_HEADER_BLOCK_BYTES };
  const session = connect(`${scheme}://${host}:${port}`, options);
  session.on('error', () => undefined);
  return session;
}

async function exchange(session: ClientHttp2Session, target: string, options: RequestOptions): Promise<RawResponse> {
  const { method = 'GET', host = 'localhost', headers = {}, body, trailers } = options;
  const length = body === undefined || trailers !== undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const fields: OutgoingHttpHeaders = { ':method': method, ':path': target, ':authority': host, ...length };
  for (const [name, value] of Object.entries(headers)) {
    fields[name.toLowerCase()] = typeof value === 'string' ? value : [...value];
  }
  const stream = session.request(fields, { endStream: body === undefined, waitForTrailers: trailers !== undefined });
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  if (body !== undefined) stream.end(body);
  return readHttp2Response(stream);
}

/** Reads the answer of a stream to its end; throws the stream's error. */
export async function readHttp2Response(stream: ClientHttp2Stream): Promise<RawResponse> {
  const interim: RawResponse[] = [];
  let trailers: readonly Field[] = [];
  stream.on('headers', (headers: ResponseHeaders) => interim.push(responseOf(headers)));
  stream.on('trailers', (headers: IncomingHttpHeaders) => (trailers = fieldsOf(headers)));
  const [headers] = (await once(stream, 'response')) as [ResponseHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return responseOf(headers, { body: Buffer.concat(chunks), trailers, interim });
}

interface Rest {
  readonly body: Buffer;
  readonly trailers: readonly Field[];
  readonly interim: readonly RawResponse[];
}

const NOTHING: Rest = { body: Buffer.alloc(0), trailers: [], interim: [] };

function responseOf(headers: ResponseHeaders, { body, trailers, interim }: Rest = NOTHING): RawResponse {
  const startLine = `HTTP/2.0 ${headers[':status'] ?? 0} `;
  return new RawResponse({ startLine, fields: fieldsOf(headers), body, trailers, chunkSizes: undefined }, interim);
}

function fieldsOf(headers: IncomingHttpHeaders): readonly Field[] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .flatMap(([name, value]) => [value ?? []].flat().map((each): Field => [name, each]));
}
