// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { Metadata, status } from '@grpc/grpc-js';
import type {
  Client,
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  Server,
  ServiceDefinition,
  ServiceError,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { waitFor } from '@weir/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, route, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

const DEFINITION: ServiceDefinition = {
  unary: grpcMethod('/shop.Stock/Unary'),
  collect: grpcMethod('/shop.Stock/Collect', { request: true }),
  list: grpcMethod('/shop.Stock/List', { response: true }),
  chat: grpcMethod('/shop.Stock/Chat', { request: true, response: true }),
  silent: grpcMethod('/shop.Stock/Silent'),
  flaky: grpcMethod('/shop.Stock/Flaky'),
};

interface Seen {
  silentCount: number;
  flakyCount: number;
  cancelledCount: number;
}

type Unary = handleUnaryCall<Buffer, Buffer>;

function implementation(name: string): UntypedServiceImplementation {
  const unaryMethod: Unary = (call, done) => {
    const metadata = new Metadata();
    metadata.set('x-served-by', name);
    call.sendMetadata(metadata);
    if (call.request.toString() === 'fail') done({ code: status.FAILED_PRECONDITION, details: 'no stock: ä' });
    else done(null, Buffer.concat([Buffer.from(`${name}:`), call.request]), metadata);
  };
  const collect: handleClientStreamingCall<Buffer, Buffer> = (call, done) => {
    const parts: Buffer[] = [];
    call.on('data', (part: Buffer) => parts.push(part));
    call.on('end', () => done(null, Buffer.concat(parts)));
  };
  const list: handleServerStreamingCall<Buffer, Buffer> = call => {
    for (let i = 0; i < 1000; i++) call.write(Buffer.from(`${i};`));
    call.end();
  };
  const chat: handleBidiStreamingCall<Buffer, Buffer> = call => {
    call.on('data', (part: Buffer) => call.write(part));
    call.on('end', () => call.end());
  };
  const silent: Unary = call => {
    seen.silentCount += 1;
    call.on('cancelled', () => (seen.cancelledCount += 1));
  };
  const flaky: Unary = (_call, done) => {
    seen.flakyCount += 1;
    if (seen.flakyCount % 3 === 0) done(null, Buffer.from('at last'));
    else done({ code: status.UNAVAILABLE, details: 'not yet' });
  };
  return { unary: unaryMethod, collect, list, chat, silent, flaky };
}

let stage: Stage;
const servers: Server[] = [];
const clients: Client[] = [];
const seen: Seen = { silentCount: 0, flakyCount: 0, cancelledCount: 0 };

async function serve(name: string): Promise<number> {
  const { server, port } = await serveGrpc(DEFINITION, implementation(name));
  servers.push(server);
  return port;
}

beforeAll(async () => {
  const method = (name: string): Fields => ({ method: { service: 'shop.Stock', method: name } });
  const retry = { 'weir.dev/grpc-retry-on': 'unavailable', 'weir.dev/grpc-retry-attempts': '2' };
  stage = await openStage({
    backends: {},
    documents: [
      ...service('one', [await serve('one')]),
      ...service('two', [await serve('two')]),
      ...service('down', [1]),
      ...service('empty', []),
      grpcRoute('stock', [
        {
          matches: [{ method: { service: 'shop.Stock' }, headers: [{ name: 'x-version', value: '2' }] }],
          backendRefs: [backend('two')],
        },
        { matches: [{ method: { service: 'shop.Stock' } }], backendRefs: [backend('one')] },
        { matches: [{ method: { service: 'shop.Down' } }], backendRefs: [backend('down')] },
        { matches: [{ method: { service: 'shop.Empty' } }], backendRefs: [backend('empty')] },
      ]),
      grpcRoute('flaky', [{ matches: [method('Flaky')], backendRefs: [backend('one')] }], retry),
      route('http', [forward('/', 'empty')], { hostnames: ['http.test'] }),
    ],
  });
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  for (const server of servers) server.forceShutdown();
});

function connect(): Client {
  const client = connectGrpc(stage.ports.http);
  clients.push(client);
  return client;
}

interface Answer {
  readonly error: ServiceError | null;
  readonly text: string;
  readonly metadata: Metadata | undefined;
}

function unary(
  path: string,
  request: string,
  { deadlineMs = 5_000, headers = {} }: { deadlineMs?: number; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const options = { deadline: Date.now() + deadlineMs };
  return new Promise(resolve => {
    let initial: Metadata | undefined;
    const call = connect().makeUnaryRequest(path, bytes, bytes, Buffer.from(request), metadata, options, (error, value) => {
      resolve({ error, text: value?.toString() ?? '', metadata: initial });
    });
    call.on('metadata', (received: Metadata) => (initial = received));
  });
}

/** Waits for a line of the access log. */
async function logged(path: string, fields: Readonly<Record<string, number>>): Promise<void> {
  const expected = Object.entries({ path, ...fields });
  const isExpected = (line: Readonly<Record<string, unknown>>): boolean =>
    expected.every(([name, value]) => line[name] === value);
  await waitFor(() => stage.weir.accessLog.some(isExpected), { what: `the record of ${path}` });
}

describe('gRPC', () => {
  it('calls, with metadata both ways', async () => {
    const { text, metadata } = await unary('/shop.Stock/Unary', 'hello');
    expect([text, metadata?.get('x-served-by')]).toEqual(['one:hello', ['one']]);
    expect((await unary('/shop.Stock/Unary', 'hello', { headers: { 'x-version': '2' } })).text).toBe('two:hello');
  });

  it('passes the status of the service on, details and all', async () => {
    const { error } = await unary('/shop.Stock/Unary', 'fail');
    expect([error?.code, error?.details]).toEqual([status.FAILED_PRECONDITION, 'no stock: ä']);
    await logged('/shop.Stock/Unary', { status: 200, grpc_status: status.FAILED_PRECONDITION });
  });

  it('streams from the client, from the server, and both ways', async () => {
    const collected = new Promise<string>((resolve, reject) => {
      const call = connect().makeClientStreamRequest('/shop.Stock/Collect', bytes, bytes, new Metadata(), (error, value) => {
        if (error) reject(error);
        else resolve(value?.toString() ?? '');
      });
      for (const part of ['a', 'b', 'c'.repeat(100_000)]) call.write(Buffer.from(part));
      call.end();
    });
    expect(await collected).toBe(`ab${'c'.repeat(100_000)}`);

    let listed = '';
    const list = connect().makeServerStreamRequest('/shop.Stock/List', bytes, bytes, Buffer.from(''), new Metadata());
    list.on('data', (part: Buffer) => (listed += part.toString()));
    await once(list, 'end');
    expect(listed.split(';').length).toBe(1001);

    const chat = connect().makeBidiStreamRequest('/shop.Stock/Chat', bytes, bytes, new Metadata());
    for (const word of ['one', 'two', 'three']) {
      chat.write(Buffer.from(word));
      const [echo] = (await once(chat, 'data')) as [Buffer];
      expect(echo.toString()).toBe(word);
    }
    chat.end();
    chat.resume();
    const [end] = (await once(chat, 'status')) as [{ code: number }];
    expect(end.code).toBe(status.OK);
  });

  it('tells the service of a call that its client cancels', async () => {
    const { silentCount, cancelledCount } = seen;
    const call = connect().makeUnaryRequest('/shop.Stock/Silent', bytes, bytes, Buffer.from(''), () => undefined);
    await waitFor(() => seen.silentCount > silentCount, { what: 'the call to arrive' });
    call.cancel();
    await waitFor(() => seen.cancelledCount > cancelledCount, { what: 'the service to hear of it' });
  });

  it('ends a call at its deadline, upstream too', async () => {
    seen.cancelledCount = 0;
    const { error } = await unary('/shop.Stock/Silent', '', { deadlineMs: 200 });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    await waitFor(() => seen.cancelledCount > 0, { what: 'the service to hear of it' });
  });

  it('is tried again after the statuses that its route names', async () => {
    seen.flakyCount = 0;
    expect((await unary('/shop.Stock/Flaky', '')).text).toBe('at last');
    expect(seen.flakyCount).toBe(3);
  });

  it.each([
    ['no rule', '/shop.Nobody/Unary', status.UNIMPLEMENTED],
    ['a backend that is down', '/shop.Down/Unary', status.UNAVAILABLE],
    ['a backend without endpoints', '/shop.Empty/Unary', status.UNAVAILABLE],
  ])('hears of %s as a status', async (_case, path, code) => {
    expect((await unary(path, '')).error?.code).toBe(code);
    await logged(path, { status: 200, grpc_status: code });
  });
});
