// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { Metadata, status } from '@grpc/grpc-js';
import type {
  CallOptions,
  Client,
  ClientDuplexStream,
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  Server,
} from '@grpc/grpc-js';
import { waitFor } from '@weir/testing';
import type { TestDocument } from '@weir/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backend, service } from './stage/documents.ts';
import { DyingGrpcServer, startGrpcProcess } from './stage/dying-grpc-server.ts';
import type { Death } from './stage/dying-grpc-server.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc, statusOf } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

// Calls that stream, and what may happen to them before their end.

const CHAT = '/shop.Stock/Chat';
const CALLS = ['collect', 'list', 'chat'] as const;
type Call = (typeof CALLS)[number];

let startedCount = 0;
let cancelledCount = 0;

function note(call: NodeJS.EventEmitter): void {
  startedCount += 1;
  call.on('error', () => undefined);
  call.on('cancelled', () => (cancelledCount += 1));
}

/** Sends back what comes, and its name first; `collect` and `list` never end by themselves. */
function serve(name: string): Promise<{ readonly server: Server; readonly port: number }> {
  const collect: handleClientStreamingCall<Buffer, Buffer> = call => note(call);
  const list: handleServerStreamingCall<Buffer, Buffer> = call => {
    note(call);
    call.write(Buffer.from('first'));
  };
  const chat: handleBidiStreamingCall<Buffer, Buffer> = call => {
    note(call);
    call.on('data', (part: Buffer) => {
      if (part.toString() === 'abort') call.emit('error', { code: status.ABORTED, details: 'sold out' });
      else call.write(Buffer.concat([Buffer.from(`${name}:`), part]));
    });
    call.on('end', () => call.end());
  };
  return serveGrpc(
    {
      collect: grpcMethod('/shop.Stock/Collect', { request: true }),
      list: grpcMethod('/shop.Stock/List', { response: true }),
      chat: grpcMethod(CHAT, { request: true, response: true }),
    },
    { collect, list, chat },
  );
}

/** Sends calls to one of the servers; its number comes back in a header. */
function stockRoute(to: string, number = '0'): TestDocument {
  const filter = { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-revision', value: number }] } };
  return grpcRoute('stock', [
    { matches: [{ method: { service: 'shop.Dying' } }], backendRefs: [backend('dying')] },
    { matches: [{ method: { service: 'shop.Killed' } }], backendRefs: [backend('killed')] },
    { matches: [{ method: { service: 'shop.Stock' } }], filters: [filter], backendRefs: [backend(to)] },
  ]);
}

let dying: DyingGrpcServer;
let killed: Awaited<ReturnType<typeof startGrpcProcess>>;
let stage: Stage;
let client: Client;
const servers: Server[] = [];
const documents: TestDocument[] = [];

beforeAll(async () => {
  dying = await DyingGrpcServer.start();
  killed = await startGrpcProcess();
  documents.push(...service('dying', [dying.port]), ...service('killed', [killed.port]));
  for (const name of ['one', 'two']) {
    const { server, port } = await serve(name);
    servers.push(server);
    documents.push(...service(name, [port]));
  }
});

afterAll(async () => {
  dying[Symbol.dispose]();
  await killed.child[Symbol.asyncDispose]();
  for (const server of servers) server.forceShutdown();
});

beforeEach(async () => {
  const flags = ['--workers', '2', '--drain-delay', '0', '--drain-deadline', '10s'];
  stage = await openStage({ backends: {}, documents: [...documents, stockRoute('one')], flags });
  client = connectGrpc(stage.ports.http);
  startedCount = 0;
  cancelledCount = 0;
});

afterEach(async () => {
  client.close();
  await stage[Symbol.asyncDispose]();
});

function openChat(path = CHAT, metadata = new Metadata()): ClientDuplexStream<Buffer, Buffer> {
  return client.makeBidiStreamRequest(path, bytes, bytes, metadata);
}

async function say(chat: ClientDuplexStream<Buffer, Buffer>, word: string): Promise<string> {
  chat.write(Buffer.from(word));
  const [answer] = (await once(chat, 'data')) as [Buffer];
  return answer.toString();
}

/** Starts a call of each kind, which does not end by itself. */
function start(call: Call, metadata = new Metadata(), options: CallOptions = {}): NodeJS.EventEmitter & { cancel(): void } {
  if (call === 'chat') return client.makeBidiStreamRequest(CHAT, bytes, bytes, metadata, options);
  if (call === 'list') {
    const list = client.makeServerStreamRequest('/shop.Stock/List', bytes, bytes, Buffer.from(''), metadata, options);
    return list.resume();
  }
  return client.makeClientStreamRequest('/shop.Stock/Collect', bytes, bytes, metadata, options, () => undefined);
}

/** The number of the route that a new call sees. */
async function revision(): Promise<unknown> {
  const chat = openChat();
  const [metadata] = (await Promise.all([once(chat, 'metadata'), say(chat, 'hello')]))[0] as [Metadata];
  chat.end();
  return metadata.get('x-revision')[0];
}

describe('a stream whose service fails', () => {
  it('ends with the status that the service gives it', async () => {
    const chat = openChat();
    const ended = statusOf(chat);
    expect(await say(chat, 'hello')).toBe('one:hello');
    chat.write(Buffer.from('abort'));
    chat.resume();
    expect(await ended).toMatchObject({ code: status.ABORTED, details: 'sold out' });
  });

  it.each<Death>(['reset-stream', 'close-connection', 'reset-connection'])('ends with UNAVAILABLE: %s', async death => {
    const chat = openChat('/shop.Dying/Chat');
    const ended = statusOf(chat);
    expect(await say(chat, 'hello')).toBe('begun');
    dying.die(death);
    chat.resume();
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE, details: 'Bad Gateway (upstream_reset)' });
    await waitFor(() => stage.weir.accessLog.length === 1, { what: 'the line of the log' });
    expect(stage.weir.accessLog[0]).toMatchObject({ fault: 'upstream_reset', grpc_status: status.UNAVAILABLE });
  });

  it('ends with an error where there is no status, although its client has not said all', async () => {
    const chat = openChat('/shop.Dying/Chat');
    const ended = statusOf(chat);
    expect(await say(chat, 'hello')).toBe('begun');
    dying.die('end-without-status');
    chat.resume();
    expect([status.UNKNOWN, status.INTERNAL]).toContain((await ended).code);
  });

  it('ends with UNAVAILABLE where its process is killed', async () => {
    const chat = openChat('/shop.Killed/Chat');
    const ended = statusOf(chat);
    expect(await say(chat, 'hello')).toBe('begun');
    killed.child.process.kill('SIGKILL');
    chat.resume();
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE, details: 'Bad Gateway (upstream_reset)' });
  });
});

describe('a stream whose client gives up', () => {
  it.each(CALLS)('ends at its deadline, at the service too: %s', async call => {
    const ended = statusOf(start(call, new Metadata(), { deadline: Date.now() + 1_000 }));
    expect((await ended).code).toBe(status.DEADLINE_EXCEEDED);
    expect(startedCount).toBe(1);
    await waitFor(() => cancelledCount === 1, { what: 'the service to hear of it' });
  });

  it('is ended by the gateway at a deadline that neither client nor service watches', async () => {
    const metadata = new Metadata();
    metadata.set('grpc-timeout', '1S');
    const chat = openChat('/shop.Dying/Chat', metadata);
    const ended = statusOf(chat);
    expect(await say(chat, 'hello')).toBe('begun');
    expect(dying.openCount).toBe(1);
    chat.resume();
    expect(await ended).toMatchObject({ code: status.DEADLINE_EXCEEDED, details: 'Gateway Timeout (request_deadline)' });
    await waitFor(() => dying.openCount === 0, { what: 'the service to hear of it' });
  });

  it.each(CALLS)('ends when it is cancelled, at the service too: %s', async call => {
    const running = start(call);
    const ended = statusOf(running);
    await waitFor(() => startedCount === 1, { what: 'the call to arrive' });
    running.cancel();
    expect((await ended).code).toBe(status.CANCELLED);
    await waitFor(() => cancelledCount === 1, { what: 'the service to hear of it' });
  });
});

describe('an open stream', () => {
  it('lives on through changes of its route, on the service that it began with', async () => {
    const chat = openChat();
    const ended = statusOf(chat);
    expect(await say(chat, 'before')).toBe('one:before');
    for (const [to, number] of [
      ['one', '1'],
      ['two', '2'],
      ['two', '3'],
    ] as const) {
      await stage.apply([stockRoute(to, number)], async () => (await revision()) === number);
      expect(await say(chat, number)).toBe(`one:${number}`);
    }
    const other = openChat();
    const otherEnded = statusOf(other);
    expect(await say(other, 'new')).toBe('two:new');
    for (const each of [chat, other]) each.end();
    for (const each of [chat, other]) each.resume();
    for (const end of [ended, otherEnded]) expect((await end).code).toBe(status.OK);
  });

  it('that ends before the drain deadline ends with OK, and the gateway after it', async () => {
    const chat = openChat();
    const ended = statusOf(chat);
    expect(await say(chat, 'before')).toBe('one:before');
    await using idle = await stage.connect('http');
    stage.weir.child.process.kill('SIGTERM');
    await idle.readUntilClose();
    expect(await say(chat, 'meanwhile')).toBe('one:meanwhile');
    expect(stage.weir.child.isRunning).toBe(true);
    chat.end();
    chat.resume();
    expect((await ended).code).toBe(status.OK);
    expect(await stage.weir.child.exited).toEqual({ code: 0, signal: null });
    expect(stage.weir.accessLog.at(-1)).toMatchObject({ path: CHAT, status: 200, grpc_status: status.OK });
  });
});
