// SPDX-License-Identifier: Apache-2.0
// `node backend.ts [PORT [NAME [UTILISATION]]]`: the service behind every example. It says what it was sent, so that one sees what the
// gateway let through. UTILISATION is how busy it says it is, as a part of 1.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const DEFAULT_PORT = 7200;
const SLOW_MS = 1000;
const EVENT_MS = 100;
/** Fields that tell nothing about policies: of every client, and of every proxy. */
const USUAL_FIELDS = /^(?:accept|connection|content-.*|forwarded|host|traceparent|user-agent|via|x-forwarded-.*|x-request-id)$/v;

/** How often `/flaky` was called; answers have it in `x-call`. */
let flakyCount = 0;

const [port = DEFAULT_PORT, name = 'the backend', utilization = '0.1'] = process.argv.slice(2);
createServer((request, response) => void answer(request, response)).listen(Number(port), '127.0.0.1', () => {
  console.log(`${name} listens on http://127.0.0.1:${port}/`);
});

/**
 * `/slow` takes a second, and `/fewest-first` as much of one as it is busy. `/flaky` fails the first time and every other one, `/busy` wants
 * to be left alone for a minute, `/events` sends one ten times a second for ever, everything else is answered at once. `/by-load` reports
 * how busy it is (ORCA).
 */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  request.resume();
  if (path.startsWith('/slow')) await pause(SLOW_MS);
  if (path.startsWith('/fewest-first')) await pause(SLOW_MS * Number(utilization));
  if (path.startsWith('/flaky')) {
    flakyCount += 1;
    response.statusCode = flakyCount % 2 === 1 ? 503 : 200;
    response.setHeader('x-call', flakyCount);
  }
  if (path.startsWith('/busy')) {
    response.statusCode = 503;
    response.setHeader('retry-after', 60);
  }
  if (path.startsWith('/events')) {
    sendEvents(response);
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  if (path.startsWith('/by-load')) {
    response.setHeader('endpoint-load-metrics', `TEXT cpu_utilization=${utilization},rps_fractional=100`);
  }
  response.end(`${describe(request)}\n`);
}

function sendEvents(response: ServerResponse): void {
  response.setHeader('content-type', 'text/event-stream');
  const timer = setInterval(() => response.write('data: an event\n\n'), EVENT_MS);
  response.on('close', () => clearInterval(timer));
}

/** Method and path, and below them the fields that the gateway or its client added on purpose. */
function describe({ method, url, headers }: IncomingMessage): string {
  const fields = Object.entries(headers).filter(([field]) => !USUAL_FIELDS.test(field));
  return [`${name} got ${method ?? ''} ${url ?? ''}`, ...fields.map(([field, value]) => `  ${field}: ${String(value)}`)].join(
    '\n',
  );
}
