// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { reasonWords } from '@weir/base';

/** An answer of the admin side: small, whole, never cached. */
export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** An answer that goes on until either side ends it. */
export interface AdminStream {
  readonly contentType: string;
  /** Gets the response when its head is on the way. */
  readonly begin: (response: ServerResponse) => void;
}

/** What the admin side has for a route, as `METHOD /path`; undefined = nothing. */
export type FindRoute = (route: string) => Route | undefined;

/** Gets the request, whose body nobody has read. */
type Route = (request: IncomingMessage) => AdminAnswer | AdminStream | Promise<AdminAnswer>;

const TEXT = 'text/plain; charset=utf-8';

export function textAnswer(status: number, text: string): AdminAnswer {
  return { status, contentType: TEXT, body: `${text}\n` };
}

export function jsonAnswer(value: unknown, status = 200): AdminAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** Serves routes. Resolves when it listens; throws the system's error where it cannot. */
export async function openHttpServer(find: FindRoute, at: ListenOptions): Promise<Server> {
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 10_000 }, answerWith(find));
  server.listen(at);
  await once(server, 'listening');
  return server;
}

/** Ends the server with its idle and busy connections. */
export async function closeHttpServer(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

/** Answers requests with what `find` has for them. Where there is something to GET, its HEAD is answered as well. */
export function answerWith(find: FindRoute): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const isHead = request.method === 'HEAD';
    const route = find(`${isHead ? 'GET' : (request.method ?? '')} ${path}`);
    const answering = route === undefined ? Promise.resolve(textAnswer(404, `nothing at ${path}`)) : answerOf(route, request);
    void answering.then(answer => {
      const isStream = 'begin' in answer;
      response.writeHead(isStream ? 200 : answer.status, { 'content-type': answer.contentType, 'cache-control': 'no-store' });
      if (!isStream) response.end(answer.body);
      else if (isHead) response.end();
      else {
        response.flushHeaders();
        answer.begin(response);
      }
    });
  };
}

async function answerOf(route: Route, request: IncomingMessage): Promise<AdminAnswer | AdminStream> {
  try {
    return await route(request);
  } catch (error) {
    return textAnswer(500, reasonWords(error));
  }
}
