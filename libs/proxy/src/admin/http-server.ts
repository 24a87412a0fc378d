// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { ListenOptions } from 'node:net';

/** An answer of the admin side: small, whole, never cached. */
export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';

export function textAnswer(status: number, text: string): AdminAnswer {
  return { status, contentType: TEXT, body: `${text}\n` };
}

export function jsonAnswer(value: unknown): AdminAnswer {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** Serves routes; `find` gets `METHOD /path`. Resolves when it listens; throws the system's error where it cannot. */
export async function openHttpServer(
  find: (route: string) => (() => AdminAnswer | Promise<AdminAnswer>) | undefined,
  at: ListenOptions,
): Promise<Server> {
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

function answerWith(find: (route: string) => (() => AdminAnswer | Promise<AdminAnswer>) | undefined): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const route = find(`${request.method ?? ''} ${path}`);
    const answering = route === undefined ? Promise.resolve(textAnswer(404, `nothing at ${path}`)) : answerOf(route);
    void answering.then(({ status, contentType, body }) => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
      response.end(body);
    });
  };
}

async function answerOf(route: () => AdminAnswer | Promise<AdminAnswer>): Promise<AdminAnswer> {
  try {
    return await route();
  } catch (error) {
    return textAnswer(500, error instanceof Error ? error.message : String(error));
  }
}
