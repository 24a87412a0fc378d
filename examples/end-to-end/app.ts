// SPDX-License-Identifier: Apache-2.0
// `node app.ts NAME PORT [NEXT]`: a service behind a sidecar. With NEXT, a URL at which its own sidecar takes calls, it calls on for each
// request; without, it is the last of the chain, and says what it was sent.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a service should hand on: who called first, how long that one waits, and in which trace. */
const FORWARDED = ['x-api-key', 'weir-timeout-ms', 'traceparent', 'tracestate'];
/** What it should answer with, where it came from behind: that no proxy need try once more. */
const RETURNED = ['weir-retry'];

const [name = 'app', port = '7400', next] = process.argv.slice(2);
/** Requests that came since somebody asked for the count. */
let count = 0;

createServer((request, response) => void answer(request, response)).listen(Number(port), '127.0.0.1', () => {
  console.log(`the ${name} service listens on http://127.0.0.1:${port}/`);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  request.resume();
  if (path === '/count') {
    response.end(`${name} was called ${count} times\n`);
    count = 0;
    return;
  }
  count += 1;
  if (next === undefined) sayWhatCame(request, response);
  else await callOn(request, response);
}

/** Paths with `fail` fail. */
function sayWhatCame({ method, url = '/', headers }: IncomingMessage, response: ServerResponse): void {
  response.statusCode = url.includes('fail') ? 503 : 200;
  const timeout = headers['weir-timeout-ms'];
  const time = timeout === undefined ? '' : `, and has ${String(timeout)} ms to answer`;
  response.end(`${name} got ${method ?? ''} ${url}${time}\n`);
}

/** Below `/forgetful` the service hands on nothing. */
async function callOn({ method = 'GET', url = '/', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  const isForgetful = url.startsWith('/forgetful');
  const fields = FORWARDED.filter(field => !isForgetful && headers[field] !== undefined);
  const sent = Object.fromEntries(fields.map(field => [field, String(headers[field])]));
  try {
    const answered = await fetch(new URL(url, next), { method, headers: sent });
    const text = await answered.text();
    for (const field of RETURNED) {
      const value = answered.headers.get(field);
      if (!isForgetful && value !== null) response.setHeader(field, value);
    }
    response.writeHead(answered.status).end(text);
  } catch (reason) {
    response.writeHead(502).end(`${name} could not call on: ${String(reason)}\n`);
  }
}
