// SPDX-License-Identifier: Apache-2.0
import type { RawRequest } from '../wire/raw-request.ts';
import type { UpstreamScript } from './start-upstream.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** The raw bytes of an answer; undefined = the responder has done all there is to do on the connection itself. */
export type Responder = (
  request: RawRequest,
  connection: UpstreamConnection,
) => Promise<string | Buffer | undefined> | string | Buffer | undefined;

export interface ReplyOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** What an echoing upstream says that it was sent. */
export interface Echo {
  readonly backend: string;
  readonly method: string;
  readonly target: string;
  /** Names lower-case; values of equal names joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, string>>;
}

/** Reads requests one after the other, as long as the peer sends any, and answers each. */
export function answering(respond: Responder): UpstreamScript {
  return async connection => {
    while (await connection.reader.hasMore()) {
      const request = await connection.readRequest();
      const answer = await respond(request, connection);
      if (answer !== undefined && connection.socket.writable) await connection.send(answer);
    }
  };
}

/** A complete response with a Content-Length. */
export function reply({ status = 200, headers = {}, body = '' }: ReplyOptions = {}): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(each => `${name}: ${each}\r\n`),
  );
  const length = status === 204 || status === 304 ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join('')}${length}\r\n${Buffer.from(body).toString('latin1')}`;
}

/** Answers each request with a JSON document that says what came; see `Echo`. */
export function echo(backend: string, headers: ReplyOptions['headers'] = {}): Responder {
  return request => {
    const said: Echo = {
      backend,
      method: request.method,
      target: request.target,
      headers: recordFromFields(request.fields),
      body: request.body.length > 1024 ? `${request.body.length} bytes` : request.body.toString('latin1'),
      trailers: recordFromFields(request.trailers),
    };
    const body = JSON.stringify(said);
    const answer = reply({ headers: { 'Content-Type': 'application/json', ...headers }, body });
    return request.method === 'HEAD' ? answer.slice(0, answer.indexOf('\r\n\r\n') + 4) : answer;
  };
}

function recordFromFields(fields: RawRequest['fields']): Readonly<Record<string, string>> {
  const record: Record<string, string> = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const before = record[key];
    record[key] = before === undefined ? value : `${before}, ${value}`;
  }
  return record;
}
