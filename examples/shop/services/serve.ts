// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenHost, onStop, portFromArguments } from './service-process.ts';

/** One request as the services of the shop see it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly request: IncomingMessage;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Handler = (call: Call) => Promise<Answer | undefined> | Answer | undefined;

const MAX_BODY_BYTES = 65_536;

/**
 * Runs an HTTP service of the shop on the port in its first argument, until it is told to end. What `handle` leaves
 * undefined is a 404.
 */
export function serve(name: string, handle: Handler): void {
  const server = createServer((request, response) => void respond(handle, request, response));
  onStop(() => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
  server.listen(portFromArguments(name), listenHost());
}

async function respond(handle: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://shop').pathname;
  const call: Call = { method: request.method ?? 'GET', path, request };
  try {
    send(response, (await handle(call)) ?? json({ error: `there is nothing at ${path}` }, 404));
  } catch (error) {
    send(response, json({ error: error instanceof Error ? error.message : 'unknown' }, 500));
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Answer): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

export function json(value: unknown, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(value, undefined, 2)}\n`,
  };
}

/** The body of a request, up to 64 KiB; throws over that. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let byteCount = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) throw new TypeError('the body is not made of bytes');
    byteCount += part.length;
    if (byteCount > MAX_BODY_BYTES) throw new Error(`a body may have ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
