// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, get as getHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { get as getHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { connectHttp2 } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage, PROTOCOLS, transportOf } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';
import { portService } from './stage/stream-documents.ts';

const UPSTREAMS = ['http1', 'http2'] as const;
const EVENT_STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

let stage: Stage;
let servers: readonly Server[];
/** The answers that servers are giving, the newest last. */
const open: Writable[] = [];

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  servers = [
    createServer((_, response) => {
      response.writeHead(200, EVENT_STREAM).flushHeaders();
      open.push(response);
    }),
    createHttp2Server((_, response) => {
      response.stream.respond(EVENT_STREAM);
      open.push(response.stream);
    }),
  ];
  const [http1 = 0, http2 = 0] = await Promise.all(servers.map(listen));
  stage = await openStage({
    backends: {},
    documents: [
      ...portService('http1', [{ port: http1 }]),
      ...portService('http2', [{ port: http2 }], { appProtocol: 'kubernetes.io/h2c' }),
      route(
        'all',
        UPSTREAMS.map(name => forward(`/${name}`, name)),
      ),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  for (const server of servers) server.close();
});

interface Subscription {
  readonly events: Readable;
  readonly type: string | undefined;
  readonly end: () => void;
}

/** Asks with Node's own clients, and comes back with the head of the answer. */
async function subscribe(protocol: Protocol, path: string): Promise<Subscription> {
  if (protocol === 'h2' || protocol === 'h2c') {
    const session = connectHttp2(stage.at(protocol));
    const stream = session.request({ ':path': path, ':authority': 'localhost', accept: 'text/event-stream' });
    const [headers] = (await once(stream, 'response')) as [{ 'content-type'?: string }];
    return { events: stream, type: headers['content-type'], end: () => session.destroy() };
  }
  const options: RequestOptions = { port: stage.ports[transportOf(protocol)], host: '127.0.0.1', path, agent: false };
  const request = protocol === 'http' ? getHttp(options) : getHttps({ ...options, rejectUnauthorized: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { events: response, type: response.headers['content-type'], end: () => request.destroy() };
}

describe.each(PROTOCOLS)('server-sent events over %s', protocol => {
  it.each(UPSTREAMS)('come one by one from a backend of %s: its head before the first, each before the next', async upstream => {
    const { events, type, end } = await subscribe(protocol, `/${upstream}/events`);
    expect(type).toBe('text/event-stream');
    const answer = open.at(-1)!;
    for (const event of ['data: 1\n\n', ': still here\n\n', `data: ${'x'.repeat(5_000)}\n\n`, 'id: 4\ndata: 4\n\n']) {
      answer.write(event);
      let text = '';
      while (text.length < event.length) {
        const [bytes] = (await once(events, 'data')) as [Buffer];
        text += bytes.toString();
      }
      expect(text).toBe(event);
    }
    events.resume();
    answer.end();
    await once(events, 'end');
    end();
  });
});
